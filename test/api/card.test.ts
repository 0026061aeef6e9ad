/** When a card is enough, beside a count of day by day. */
import { expect } from 'chai';
import fc from 'fast-check';
import { enoughAt, type Means, missingFor } from '../../api/card.ts';

const DAY_MS = 86_400_000;
/** In the afternoon of a day. */
const NOW = 20_000 * DAY_MS + 55_000_000;

const card = (lent: Partial<NonNullable<Means['card']>> = {}): Means['card'] => {
  return { allowance: 20n, ceiling: 1_000n, credit: 200n, until: NOW + 60 * DAY_MS, ...lent };
};

describe('when a card is enough', () => {
  it('is now where card and tokens together are', () => {
    expect(enoughAt(250n, { tokens: 50n, card: card() }, NOW)).to.equal(NOW);
    expect(missingFor(250n, { tokens: 50n, card: card() })).to.equal(0n);
  });

  it('is at the beginning of a day', () => {
    expect(enoughAt(251n, { tokens: 50n, card: card() }, NOW)).to.equal(20_001 * DAY_MS);
    expect(enoughAt(290n, { tokens: 50n, card: card() }, NOW)).to.equal(20_002 * DAY_MS);
  });

  it('is never without a card, beyond its ceiling, or behind its end', () => {
    expect(enoughAt(1n, { tokens: 0n, card: undefined }, NOW)).to.equal(undefined);
    expect(enoughAt(1_001n, { tokens: 0n, card: card() }, NOW)).to.equal(undefined);
    const ends = 20_002 * DAY_MS;
    expect(enoughAt(240n, { tokens: 0n, card: card({ until: ends }) }, NOW)).to.equal(undefined);
    expect(enoughAt(240n, { tokens: 0n, card: card({ until: ends + 1 }) }, NOW)).to.equal(ends);
  });

  it('is the first day on which one who counts day by day has enough', () => {
    const upTo = (most: number) => fc.integer({ min: 0, max: most });
    fc.assert(
      fc.property(
        ...([
          upTo(3_000),
          upTo(500),
          fc.integer({ min: 1, max: 40 }),
          upTo(89),
          upTo(1_000),
          upTo(90),
        ] as const),
        (size, tokens, allowance, more, credited, days) => {
          const ceiling = allowance + allowance * more;
          const credit = Math.min(credited, ceiling);
          const until = (20_000 + days + 1) * DAY_MS;
          const amounts = { allowance: BigInt(allowance), ceiling: BigInt(ceiling), credit: BigInt(credit) };
          const means: Means = { tokens: BigInt(tokens), card: { ...amounts, until } };
          let has = credit;
          let first: number | undefined;
          for (let day = 20_000; day * DAY_MS < until && first === undefined; day++) {
            if (tokens + has >= size) first = Math.max(NOW, day * DAY_MS);
            has = Math.min(ceiling, has + allowance);
          }
          expect(enoughAt(BigInt(size), means, NOW)).to.equal(first);
        },
      ),
    );
  });
});
