/** The authorities agree on other rules, while some of the libraries die. */
import { expect } from 'chai';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { KNOWS_THE_NEXT_RULES, SAYS_MORE_THAN_IT_KNOWS } from './bugs/mutants.ts';
import { plant } from './bugs/plant.ts';
import { SCENES } from './bugs/scenes.ts';
import { report } from './report.ts';
import { type Outcome, simulate } from './simulation.ts';

const SEEDS = 4;

describe('a simulated federation whose rules change', () => {
  it('passes to the next rules in one block, and keeps its promises by them, when its programs know them', async () => {
    const tomorrow = await plant([KNOWS_THE_NEXT_RULES]);
    const outcomes = await keptBy(tomorrow.simulate, 'upgrading');
    expect(outcomes.filter(({ rules }) => rules.last === RULES_VERSION + 1)).not.to.be.empty;
  });

  it('stops before rules that its programs do not know, all at one block, and makes none by them', async () => {
    const boasting = await plant([SAYS_MORE_THAN_IT_KNOWS]);
    const outcomes = await keptBy(boasting.simulate, 'upgradedBeyond');
    expect(outcomes.map(({ rules }) => rules.last)).to.deep.equal(outcomes.map(() => RULES_VERSION));
    expect(outcomes.filter(({ rules }) => rules.next > RULES_VERSION)).not.to.be.empty;
  });

  it('goes on by the old rules behind the height, as long as no program knows the next', async () => {
    const outcomes = await keptBy(simulate, 'upgradedBeyond');
    expect(outcomes.map(({ rules }) => rules.next)).to.deep.equal(outcomes.map(() => RULES_VERSION));
  });

  async function keptBy(run: typeof simulate, scene: 'upgrading' | 'upgradedBeyond'): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = await run(seed, { adjust: SCENES[scene].adjust });
      expect(outcome.violation, outcome.violation && report(outcome)).to.equal(undefined);
      outcomes.push(outcome);
    }
    return outcomes;
  }
});
