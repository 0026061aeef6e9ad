/**
 * The fixed seeds that every `npm test` runs, and the promise that a seed decides everything. `npm run sim` runs as
 * many more as you like. Seeds that have found something once are among them or pinned below.
 */
import { expect } from 'chai';
import { COUNTED, Coverage } from './coverage.ts';
import { report } from './report.ts';
import { simulate } from './simulation.ts';

const SEEDS = 500;
const AT_ONCE = 20;
const TWICE = [3, 15, 17, 42];

describe('a simulated federation', () => {
  const coverage = new Coverage();

  for (let from = 1; from <= SEEDS; from += AT_ONCE) {
    it(`keeps its promises under faults, seeds ${from} to ${from + AT_ONCE - 1}`, async () => {
      for (let seed = from; seed < from + AT_ONCE; seed++) {
        const outcome = await simulate(seed);
        expect(outcome.violation, outcome.violation && report(outcome)).to.equal(undefined);
        coverage.addEntries(outcome.coverage.entries());
      }
    });
  }

  it('met every fault, every adversary and every size', () => {
    expect(COUNTED.filter((what) => coverage.of(what) === 0)).to.deep.equal([]);
  });

  for (const seed of TWICE) {
    it(`is decided by its seed: seed ${seed} twice leaves the same trace`, async () => {
      const [first, second] = [await simulate(seed), await simulate(seed)];
      expect(second.digest).to.equal(first.digest);
      expect(second.events).to.equal(first.events);
    });
  }

  it('is another one with another seed', async () => {
    const [first, second] = [await simulate(1), await simulate(2)];
    expect(second.digest).not.to.equal(first.digest);
  });
});
