/** Without any fault and under load: what a reader at any library may expect of the whole federation. */
import { expect } from 'chai';
import { CALM } from './bugs/scenes.ts';
import type { Plan } from './plan.ts';
import { simulate } from './simulation.ts';

/** Patience of synchronisation (300 ms), one range, and a little. */
const LAG_MS_MAX = 1_000;

describe('a calm federation', () => {
  it('has observers that keep up with a block every few milliseconds', async () => {
    const commits: { readonly ms: number; readonly name: string; readonly height: number }[] = [];
    const outcome = await simulate(32, {
      adjust: (plan) => ({ ...calm(plan), observers: 2, submissionMs: 30, blockIntervalMs: 0 }),
      say: (line) => {
        const [, seconds, name, height] = /^ *([\d.]+) (\w+) commits (\d+)/.exec(line) ?? [];
        if (seconds !== undefined) {
          commits.push({ ms: Number(seconds) * 1_000, name: name!, height: Number(height) });
        }
      },
    });
    expect(outcome.violation).to.equal(undefined);
    const first = new Map<number, number>();
    for (const { ms, height } of commits) first.set(height, Math.min(ms, first.get(height) ?? ms));
    const lags = commits.map(({ ms, height }) => ms - first.get(height)!);
    expect(commits.filter(({ name }) => name.startsWith('o')).length).to.be.greaterThan(100);
    expect(Math.max(...lags)).to.be.lessThan(LAG_MS_MAX);
  });

  it('gives no view up, and asks nobody twice', async () => {
    const { violation, coverage } = await simulate(32, { adjust: calm });
    expect(violation).to.equal(undefined);
    expect(coverage.of('nullifications')).to.equal(0);
  });
});

function calm(plan: Plan): Plan {
  const weather = { delayMs: [3, 10], loss: 0, duplication: 0, overtaking: false } as const;
  return {
    ...plan,
    authorities: 4,
    adversaries: [],
    governanceMs: undefined,
    faults: CALM,
    weather,
    skewMs: 0,
  };
}
