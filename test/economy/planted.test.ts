/** Do these tests see anything? Wrong rules are planted into the source of chain/, and must be found. */
import { expect } from 'chai';
import { plantUnder } from '../sim/bugs/plant.ts';
import type * as Churn from './churn.ts';
import type * as Coalition from './coalition.ts';
import type * as Gathering from './gathering.ts';
import { tryCoalitions } from './theorem.ts';

const AT_1000 = { vestingPermille: 1_000, cardReleasePermille: 0 };
const COALITIONS = 60;
const GIVEN = { cap: 10_000, days: 60, startDays: 10, seed: 1 };

describe('a wrong rule of the economy is found:', () => {
  it('a purchase releases as if all of it had been paid in tokens', async () => {
    const { playCoalition } = await plantUnder<typeof Coalition>('test/economy/coalition.ts', [
      {
        file: 'chain/files/download.ts',
        from: 'releasedBy({ tokens, onCard }, parameters(view))',
        to: 'releasedBy({ tokens: size, onCard }, parameters(view))',
      },
    ]);
    expect(tryCoalitions(COALITIONS, AT_1000, playCoalition).above).to.be.greaterThan(COALITIONS / 10);
  });

  it('a card that is taken back frees the cap at once', async () => {
    const { churn, churnBound } = await plantUnder<typeof Churn>('test/economy/churn.ts', [
      {
        file: 'chain/accounts/card.ts',
        from: 'deleteCard(draft, key);',
        to: `deleteCard(draft, key);
      const freed = lentBy(view, sponsor, periodOf(day)).map(([end, sum]) =>
        [end, end === there.until ? sum - there.allowance : sum]);
      putLent(draft, sponsor, freed.filter(([, sum]) => sum > 0n));`,
      },
    ]);
    const { drawn } = churn('takes back and lends anew', GIVEN);
    expect(drawn / churnBound(GIVEN)).to.be.greaterThan(2);
  });

  it('a card that is lowered frees the cap at once', async () => {
    const { churn, churnBound } = await plantUnder<typeof Churn>('test/economy/churn.ts', [
      {
        file: 'chain/accounts/card.ts',
        from: '-least(before.allowance, allowance)',
        to: '-before.allowance',
      },
    ]);
    const { drawn } = churn('lowers what it has drawn', GIVEN);
    expect(drawn / churnBound(GIVEN)).to.be.greaterThan(2);
  });

  it('a card gathers above its ceiling', async () => {
    const { gather } = await plantUnder<typeof Gathering>('test/economy/gathering.ts', [
      {
        file: 'chain/accounts/card-entry.ts',
        from: 'credit: gathered < most ? gathered : most,',
        to: 'credit: gathered,',
      },
      {
        file: 'chain/accounts/card-entry.ts',
        from: 'credit >= 0n && credit <= ceiling',
        to: 'credit >= 0n',
      },
    ]);
    expect([1, 2, 3, 4, 5].some((seed) => gather(seed) !== undefined)).to.equal(true);
  });
});
