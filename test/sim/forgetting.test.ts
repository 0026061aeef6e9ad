/** One authority has lost its disk, and so many are silent for good that no quorum stands without it. */
import { expect } from 'chai';
import { faultyMax } from '../../consensus/quorum.ts';
import type { Plan } from './plan.ts';
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
      forgetsMs: 3_000,
    },
  };
}
