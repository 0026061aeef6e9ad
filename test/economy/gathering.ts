/** A card on the ledger beside one that is counted day by day. */
import { card } from '../../chain/queries.ts';
import { keyOf } from '../chain/world.ts';
import { SeededRandom } from '../sim/random.ts';
import { scenarioOf } from './scenario.ts';
import { World } from './world.ts';

const KEY = 'gatherer';

/** @returns the first day on which they differ, in words; undefined when they never do. */
export function gather(seed: number): string | undefined {
  const random = new SeededRandom(seed);
  const scenario = scenarioOf('school', 'card', {
    ...{ days: 89, seed, startFiles: 0, attestations: 1, libraries: 1 },
    ...{ uploadBytesPerKeyPerDay: 0, uploadBytesPerNodePerDay: 0, cardStartDays: random.below(31) },
  });
  const world = new World(scenario);
  const [library] = world.libraries;
  for (const key of [KEY, 'author']) library!.register(key);
  const drawn = () => ({ allowance: random.between(1, 50), days: random.between(1, 90) });
  let { allowance, days } = drawn();
  let ceiling = allowance * days;
  const until = world.ledger.period + 2;
  library!.lendOnTerms(KEY, { allowance, ceiling, until });
  let counted = Math.min(ceiling, scenario.cardStartDays * allowance);
  for (let day = 0; day < 89; day++) {
    if (random.chance(0.1)) {
      ({ allowance, days } = drawn());
      ceiling = allowance * days;
      library!.lendOnTerms(KEY, { allowance, ceiling, until });
      counted = Math.min(ceiling, counted);
    }
    if (random.chance(0.2)) {
      const size = random.between(65, 300);
      world.bring({ name: `file ${day}`, size }, 'author', library!.name);
      const { kind } = world.ledger.submit(world.pen.download(`file ${day}`, KEY));
      if ((kind === 'accept') !== counted >= size) return `day ${day}: ${kind} with ${counted} for ${size}`;
      if (kind === 'accept') counted -= size;
    }
    world.pass();
    counted = Math.min(ceiling, counted + allowance);
    const credit = card(world.ledger.view, keyOf(KEY), world.ledger.time)?.credit;
    if (credit !== BigInt(counted)) return `day ${day}: ${credit} on the ledger, ${counted} counted`;
  }
  return undefined;
}
