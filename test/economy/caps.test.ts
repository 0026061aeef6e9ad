/** What a member can lend has a hard cap, however it goes about it. */
import { expect } from 'chai';
import { CHURNERS, churn, churnBound } from './churn.ts';

const CAP = 10_000;

describe('a member that lends to itself', () => {
  for (const churner of CHURNERS) {
    it(`and ${churner} draws no more than its bound, and never lends more than its cap`, () => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const given = { cap: CAP, days: 90, startDays: 10, seed };
        const { drawn, mostInForce, mostLent } = churn(churner, given);
        expect(drawn).to.be.at.most(churnBound(given)).and.at.least(1);
        expect(mostLent, 'as the ledger has it').to.be.at.most(CAP);
        expect(mostInForce, 'cards in force').to.be.at.most(mostLent);
      }
    });
  }

  it('comes near to the bound when it only lends', () => {
    const given = { cap: CAP, days: 90, startDays: 10, seed: 1 };
    expect(churn('only lends', given).drawn / churnBound(given)).to.be.greaterThan(0.9);
  });
});
