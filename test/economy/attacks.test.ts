/** No attacker gains more than its bound; and those bounds that can be reached are reached, so that they mean something. */
import { expect } from 'chai';
import { isWithin } from './attacks/attack.ts';
import { lendsToItself } from './attacks/lends-to-itself.ts';
import { ownJunk } from './attacks/own-junk.ts';
import { stolenMoney } from './attacks/stolen-money.ts';
import { MB } from './scenario.ts';

describe('an attacker gains no more than its bound, by', () => {
  const given = { days: 30, seed: 1 };

  it('junk that is bought by own cards: σ of what they spend, and nothing at 0', () => {
    const caps = { uploadBytesPerKeyPerDay: 20 * MB, uploadBytesPerNodePerDay: 20 * MB };
    const rows = ownJunk.run({ ...given, ...caps });
    expect(rows.filter((row) => !isWithin(row))).to.deep.equal([]);
    const [atNone, atHalf, atOnce] = rows;
    expect(atNone!.gain).to.equal(0);
    expect(atHalf!.gain).to.equal(atHalf!.bound).and.greaterThan(0);
    expect(atOnce!.gain).to.equal(atOnce!.bound).and.greaterThan(0);
  });

  it('cards that a member lends to itself', () => {
    expect(lendsToItself.run(given).filter((row) => !isWithin(row))).to.deep.equal([]);
  });

  it('stolen money that comes out as earned: ρ of it', () => {
    const rows = stolenMoney.run(given);
    expect(rows.filter((row) => !isWithin(row))).to.deep.equal([]);
    expect(rows[0]!.gain).to.equal(rows[0]!.bound);
  });
});
