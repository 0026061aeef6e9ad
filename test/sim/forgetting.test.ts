/** One authority has lost its disk, and so many are silent for good that no quorum stands without it. */
import { expect } from 'chai';
import { faultyMax } from '../../consensus/quorum.ts';
import { canRollBack, type Plan } from './plan.ts';
import { report } from './report.ts';
import { simulate } from './simulation.ts';

describe('a simulated federation in which one has forgotten', () => {
  for (const authorities of [2, 3, 5, 6, 8]) {
    it(`goes on with ${authorities} authorities, as many of them as it bears silent for good`, async () => {
      let mended = 0;
      for (let seed = 200; seed < 206; seed++) {
        const outcome = await simulate(seed, { adjust: (plan) => forgetful(plan, authorities) });
        expect(outcome.violation, outcome.violation && report(outcome)).to.equal(undefined);
        mended += outcome.coverage.of('memories mended');
      }
      expect(mended).to.be.greaterThan(0); // an old copy may lack nothing
    });
  }
});

describe('a simulated federation of four in which one has forgotten and one is silent for good', () => {
  it('waits for the operator, whose word is enough', async () => {
    const without = new Map<string | undefined, number>();
    for (let seed = 200; seed < 206; seed++) {
      const { violation } = await simulate(seed, { adjust: (plan) => forgetful(plan, 4) });
      without.set(violation?.rule, (without.get(violation?.rule) ?? 0) + 1);
      const goesOn = await simulate(seed, { adjust: (plan) => decided(forgetful(plan, 4)) });
      expect(goesOn.violation, goesOn.violation && report(goesOn)).to.equal(undefined);
    }
    expect([...without.keys()].filter((rule) => rule !== undefined)).to.deep.equal(['liveness']);
    expect(without.get('liveness')).to.be.greaterThan(3); // an old copy may lack nothing
  });
});

describe('a simulated federation in which a whole home is rolled back', () => {
  it('nearly always finds out before it has contradicted itself, and is safe when not', async () => {
    let [rolledBack, contradictions, seeds] = [0, 0, 0];
    for (let seed = 1; seeds < 20; seed++) {
      let fits = false;
      const outcome = await simulate(seed, {
        adjust: (plan) => {
          fits = plan.authorities < 10 && canRollBack(plan.authorities, plan.adversaries.length);
          return rollsBack(plan, fits ? 3_000 : undefined);
        },
      });
      if (!fits) continue;
      seeds += 1;
      expect(outcome.violation, outcome.violation && report(outcome)).to.equal(undefined);
      rolledBack += outcome.coverage.of('homes rolled back');
      contradictions += outcome.contradictions;
    }
    expect(rolledBack).to.be.greaterThan(30);
    expect(contradictions / rolledBack).to.be.below(0.05);
  });
});

function rollsBack(plan: Plan, rollsBackMs: number | undefined): Plan {
  const faultsMs = rollsBackMs === undefined ? 1 : plan.faultsMs;
  return { ...plan, faultsMs, faults: { ...plan.faults, forgetsMs: undefined, rollsBackMs } };
}

function decided(plan: Plan): Plan {
  return { ...plan, faults: { ...plan.faults, decidesMs: 3_000 } };
}

/** Nothing else goes wrong. */
function forgetful(plan: Plan, authorities: number): Plan {
  return {
    ...plan,
    authorities,
    adversaries: Array.from({ length: faultyMax(authorities) }, () => 'mute'),
    observers: 0,
    strangers: 0,
    faultsMs: 10_000,
    governanceMs: undefined,
    weather: { ...plan.weather, loss: 0.02 },
    faults: {
      ...plan.faults,
      crashMs: undefined,
      crashAtWrite: 0,
      crashAtSend: 0,
      orderlyRestartMs: undefined,
      fullDiskMs: undefined,
      partitionMs: undefined,
      lineMs: undefined,
      quorumLossMs: undefined,
      decidesMs: undefined,
      rollsBackMs: undefined,
      forgetsMs: 3_000,
    },
  };
}
