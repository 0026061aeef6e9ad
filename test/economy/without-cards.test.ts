/** Where no cards are lent and an upload is credited at once, the ledger is that of document 1, byte for byte. */
import { expect } from 'chai';
import { PARAMETERS, SPACES } from '../../chain/state/keys.ts';
import { toHex } from '../../core/bytes.ts';
import { stateAfter } from './coalition.ts';

const HISTORIES = 40;
const NO_CARDS = { cardBytesPerNodePerDay: 0, vestingPermille: 0 };
/** What could still have an effect if anything read it. */
const READY = { ...NO_CARDS, cardStartDays: 30, cardReleasePermille: 1_000, releasePermille: 1_000 };

function withoutParameters(state: ReadonlyMap<string, string>): string[][] {
  return [...state].filter(([key]) => key !== toHex(PARAMETERS)).sort(([a], [b]) => (a < b ? -1 : 1));
}

describe('without cards and vesting', () => {
  it('a history leaves the same bytes, whether or not anybody tries to lend', () => {
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const tried = stateAfter(seed, READY, true);
      const never = stateAfter(seed, NO_CARDS, false);
      expect(withoutParameters(tried), `seed ${seed}`).to.deep.equal(withoutParameters(never));
    }
  });

  it('no entry of a card or of what was lent is there', () => {
    const spaces = [SPACES.card, SPACES.lent].map((space) => toHex(Uint8Array.of(space)));
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const keys = [...stateAfter(seed, READY, true).keys()];
      expect(keys.filter((key) => spaces.includes(key.slice(0, 2)))).to.deep.equal([]);
    }
  });
});
