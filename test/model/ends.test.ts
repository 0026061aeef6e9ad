/** What is over leaves the state, with the transactions that come: nothing is left of a history but what has no end. */
import { expect } from 'chai';
import { SPACES } from '../../chain/state/keys.ts';
import { LIBRARIES } from './cast.ts';
import { playSeed, Sides } from './compare.ts';
import type { Step } from './history.ts';
import { DAY_MS } from './ledger-state.ts';

const HISTORIES = 40;
/** No history names them. */
const [POOR, RICH] = LIBRARIES.slice(-2);
/** Longer than anything lives that ends. */
const LATER_MS = 100 * DAY_MS;
/** Each takes two entries of each queue with it. */
const TRANSACTIONS = 150;

describe('what is over', () => {
  it(`has left the state when ${TRANSACTIONS} transactions have come`, () => {
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const { history } = playSeed(seed);
      const accounts = [
        { key: RICH!.key, tokens: 1_000n },
        { key: POOR!.key, tokens: 0n },
      ];
      const { genesis } = history;
      const sides = new Sides({ ...genesis, accounts: [...genesis.accounts, ...accounts] });
      for (const [number, step] of history.steps.entries()) sides.play(step, number);
      const { time } = sides.model.block;
      for (const [number, step] of laterSteps(time).entries()) {
        expect(sides.play(step, number)?.detail).to.equal(undefined);
      }
      expect(sides.end(0)?.detail).to.equal(undefined);
      const { sales, files, cards } = sides.model.state;
      const spaces = Object.entries(SPACES).map(([name, number]) => [number, name] as const);
      const names = new Map<number, string>(spaces);
      const left = [...sides.chainState().keys()].map((key) =>
        names.get(Number.parseInt(key.slice(0, 2), 16)),
      );
      const count = (name: keyof typeof SPACES): number => left.filter((one) => one === name).length;
      expect(count('sale'), `sales of seed ${seed}`).to.equal(sales.size);
      expect(count('bringing'), `uploads of seed ${seed}`).to.equal(files.size);
      const mintsLess = [...files.values()].filter(({ minted, size }) => minted < size);
      expect(count('minting'), `files that mint of seed ${seed}`).to.equal(mintsLess.length);
      expect(count('card'), `cards of seed ${seed}`).to.equal(cards.size);
      expect(count('proposal'), `proposals of seed ${seed}`).to.equal(0);
      expect(count('due'), `queues of seed ${seed}`).to.equal(0);
      // Those of the last block.
      expect(count('seenMinute'), `minutes of seed ${seed}`).to.be.at.most(2);
    }
  });
});

/** What has a nonce is remembered, and makes others forgotten. */
function laterSteps(time: number): Step[] {
  const steps: Step[] = [];
  for (let count = 0; count < TRANSACTIONS; count++) {
    const at = time + LATER_MS + count;
    if (count % 10 === 0) steps.push({ kind: 'block', time: at });
    const nonce = String(count).padStart(32, '0');
    const expires = Math.floor(at / 1_000) + 60;
    const [key, to] = [RICH!.key, POOR!.key];
    const signature = '00'.repeat(64);
    steps.push({
      kind: 'transaction',
      transaction: { kind: 'transfer', to, amount: 1n, key, nonce, expires, signature },
    });
  }
  return steps;
}
