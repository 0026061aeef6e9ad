/** Junk that no outsider buys earns nothing: the theorem of vesting, over random coalitions on the real rules. */
import { expect } from 'chai';
import { tryCoalitions } from './theorem.ts';

/** `npm run sim-economy -- --theorem 20000` tries them all. */
const COALITIONS = 300;
/** What must have happened, or the coalitions have tried nothing. */
const HAPPENS = [
  ...[
    'uploaded',
    'attested',
    'available',
    'registered',
    'card-changed',
    'purchased',
    'earned',
    'transferred',
  ],
  ...['bought', 'sale-opened', 'sale-closed', 'taken-down', 'restored', 'reset', 'members-changed'],
];

describe('with vesting 1000, no coalition has more than outsiders have paid for its files', () => {
  for (const sigma of [0, 500]) {
    it(`and σ of what was read on cards, at σ ${sigma}`, () => {
      const tried = tryCoalitions(COALITIONS, { vestingPermille: 1_000, cardReleasePermille: sigma });
      expect(tried.above).to.equal(0);
      expect(tried.notConserved, 'ledgers in which tokens came from nowhere').to.equal(0);
      expect(HAPPENS.filter((kind) => !tried.events.has(kind))).to.deep.equal([]);
    });
  }

  it('and with less, some have', () => {
    const tried = tryCoalitions(40, { vestingPermille: 990, cardReleasePermille: 0 });
    expect(tried.above).to.be.greaterThan(0);
    expect(tried.notConserved).to.equal(0);
  });
});
