/** Seeds with a purpose: what chance seldom brings in two hundred of them. */
import { expect } from 'chai';
import { faultyMax } from '../../consensus/quorum.ts';
import { CALM } from './bugs/scenes.ts';
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

  it('may lose a library at every boundary of its effects', async () => {
    for (const authorities of [1, 2, 4]) {
      const adjust = (plan: Plan): Plan => ({ ...brief(plan), authorities });
      const { boundaries } = await simulate(6, { adjust });
      for (let at = 1; at <= boundaries.get('a0')!; at++) {
        const diesAt = (name: string, boundary: number): boolean => name === 'a0' && boundary === at;
        const outcome = await simulate(6, { adjust, diesAt });
        promisesKept(outcome);
        expect(outcome.coverage.of('crashes'), `boundary ${at} was reached`).to.be.greaterThan(0);
      }
    }
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
  return {
    ...plan,
    authorities: 7,
    faultsMs: 10_000,
    faults: { ...plan.faults, forgetsMs: undefined, rollsBackMs: undefined },
  };
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
  const faults = { ...plan.faults, forgetsMs: undefined, rollsBackMs: undefined, crashMs: 1_000 };
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

/** Some blocks, and nothing that happens by chance. */
function brief(plan: Plan): Plan {
  return {
    ...plan,
    adversaries: [],
    observers: 1,
    strangers: 0,
    weather: { delayMs: [3, 10], loss: 0, duplication: 0, overtaking: false },
    faults: CALM,
    skewMs: 0,
    deltaMs: 100,
    blockIntervalMs: 0,
    submissionMs: 100,
    governanceMs: undefined,
    blocksKept: undefined,
    rests: false,
    faultsMs: 800,
  };
}
