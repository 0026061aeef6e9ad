/**
 * Readers can live by the card and freeze without it. Shortened: 100 days instead of 730, 150 readers growing to about 220 instead
 * of 60 to 900, 400 files instead of 2,000; of false keys ten a day against caps of 4 GB instead of fifty against 20.
 */
import { expect } from 'chai';
import { FalseKeys } from './attacks/false-keys.ts';
import { GB, type Scenario, scenarioOf } from './scenario.ts';
import { simulate } from './simulation.ts';

const SEEDS = [1, 2, 3];
const short = (seed: number) => ({ days: 100, seed, startReaders: 150, arrivals: 1, startFiles: 400 });

describe('a federation of readers', () => {
  for (const seed of SEEDS) {
    it(`reads by cards: at most 8 % frozen, at most 1 % of texts lost (seed ${seed})`, () => {
      const { frozen, lostBy } = simulate(scenarioOf('school', 'card', short(seed))).figures;
      expect(frozen).to.be.at.most(0.08);
      expect(lostBy.texts).to.be.at.most(0.01);
    });

    it(`freezes by document 1: more than 60 % (seed ${seed})`, () => {
      const { frozen } = simulate(scenarioOf('school', 'document1', short(seed))).figures;
      expect(frozen).to.be.greaterThan(0.6);
    });

    it(`reads on while false keys take all open cards: at most 15 % frozen (seed ${seed})`, () => {
      const scenario: Scenario = scenarioOf('open', 'card', {
        ...short(seed),
        arrivals: 0.5,
        cardBytesPerNodePerDay: 4 * GB,
      });
      const { frozen, refusedCards } = simulate(scenario, new FalseKeys(scenario, 10)).figures;
      expect(frozen).to.be.at.most(0.15);
      expect(refusedCards, 'cards that strangers were not lent').to.be.greaterThan(0);
    });
  }

  it('lives the same life again from the same seed', () => {
    const tiny = { days: 20, seed: 7, startReaders: 20, startFiles: 50 };
    const [once, again] = [1, 2].map(() => simulate(scenarioOf('open', 'card', tiny)));
    expect(once).to.deep.equal(again);
  });
});
