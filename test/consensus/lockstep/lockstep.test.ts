/** Seeds: faults first, safety watched at every step; then healing, progress and idleness are demanded. */
import { expect } from 'chai';
import { status } from '../../../consensus/machine.ts';
import { faultyMax } from '../../../consensus/quorum.ts';
import { SeededRandom } from '../../sim/random.ts';
import { type Faults, World } from './world.ts';

const SIZES = [1, 2, 3, 4, 5, 7];
const SEEDS_PER_SIZE = 34;
const FIRST_BLOCK_MS = 30_000;

describe('consensus in lockstep', () => {
  for (const n of SIZES) {
    it(`n = ${n}: ${SEEDS_PER_SIZE} seeds of loss, delay, repeats, partitions, crashes and twins`, () => {
      for (let seed = 1; seed <= SEEDS_PER_SIZE; seed++) {
        try {
          run(seed, n);
        } catch (error) {
          throw new Error(`n = ${n}, seed = ${seed}`, { cause: error });
        }
      }
    });
  }

  it('the same seed does the same things twice', () => {
    for (const [seed, n] of [
      [3, 4],
      [5, 7],
    ] as const) {
      expect(run(seed, n).trace).to.equal(run(seed, n).trace);
    }
  });
});

function run(seed: number, n: number): World {
  const world = new World(seed, n, faultsOf(seed, n));
  world.async(15_000);
  world.heal();
  const transaction = 1_000_000;
  world.submit(transaction);
  const ended = () => world.honest.every((node) => node.machine !== undefined && status(node.machine).ended);
  const done = () =>
    world.honest.every((node) => node.chain.some((block) => block.transactions.includes(transaction)));
  const took = world.until(() => done() || ended(), FIRST_BLOCK_MS);
  expect(took, 'a block after healing').to.not.equal(undefined);
  // Then nothing is left to do, and nothing is done: no timer, no message, for as long as nobody wants a block.
  world.schedule.runUntil(world.schedule.now() + 120_000);
  const { sent } = world;
  expect(world.nodes.filter((node) => node.timers.size > 0)).to.have.length(0);
  world.schedule.runUntil(world.schedule.now() + 3_600_000);
  expect(world.sent - sent, 'messages in an idle hour').to.equal(0);
  return world;
}

function faultsOf(seed: number, n: number): Faults {
  const random = new SeededRandom(seed * 1_000 + n);
  return {
    loss: random.pick([0, 0.02, 0.2, 0.5]),
    duplication: random.pick([0, 0.2]),
    delayMsMax: random.pick([50, 200, 1_000]),
    everyMs: random.pick([200, 1_000]),
    twins: random.pick([0, faultyMax(n)]),
    sealAt: random.pick([0, 0, 5]),
  };
}
