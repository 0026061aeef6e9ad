/** Seeds with a purpose: what chance seldom brings in two hundred of them. */
import { expect } from 'chai';
import { faultyMax } from '../../consensus/quorum.ts';
import { ADVERSARIES, type Plan } from './plan.ts';
import { report } from './report.ts';
import { type Outcome, simulate } from './simulation.ts';

/** design: the first block within 30 s of the quorum's return. */
const RETURN_MS_MAX = 30_000;
/** Long enough for every timeout to have reached its cap. */
const SILENCE_MS = 600_000;

describe('a simulated federation, on purpose', () => {
  it('is back within 30 s when nobody has heard anybody for ten minutes', async () => {
    const outcome = await simulate(7, { adjust: silence });
    promisesKept(outcome);
    expect(outcome.recoveredMs).to.be.lessThan(RETURN_MS_MAX);
  });

  it('works with 30 authorities', async () => {
    promisesKept(await simulate(30, { adjust: (plan) => large(plan) }));
  });

  for (const [index, adversary] of ADVERSARIES.entries()) {
    it(`keeps its promises beside as many ${adversary} as it bears, of seven`, async () => {
      const adversaries = Array.from({ length: faultyMax(7) }, () => adversary);
      promisesKept(await simulate(100 + index, { adjust: (plan) => ({ ...seven(plan), adversaries }) }));
    });
  }

  it('keeps its promises with real signatures', async () => {
    promisesKept(await simulate(51, { adjust: (plan) => ({ ...seven(plan), realSignatures: true }) }));
  });
});

function promisesKept(outcome: Outcome): void {
  expect(outcome.violation, outcome.violation && report(outcome)).to.equal(undefined);
}

function seven(plan: Plan): Plan {
  return { ...plan, authorities: 7, faultsMs: 10_000, faults: { ...plan.faults, forgetsMs: undefined } };
}

function silence(plan: Plan): Plan {
  return {
    ...seven(plan),
    authorities: 4,
    adversaries: [],
    weather: { ...plan.weather, loss: 1 },
    faults: Object.assign({}, plan.faults, { crashMs: 600_000, partitionMs: undefined, lineMs: undefined }),
    submissionMs: 60_000,
    governanceMs: undefined,
    faultsMs: SILENCE_MS,
  };
}

function large(plan: Plan): Plan {
  const faults = { ...plan.faults, forgetsMs: undefined, crashMs: 1_000 };
  return {
    ...plan,
    authorities: 30,
    adversaries: ['mute', 'liar'],
    observers: 0,
    faultsMs: 3_000,
    faults,
    heartbeatMs: 60_000,
  };
}
