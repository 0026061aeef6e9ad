/** How many seeds does it take until a planted bug shows? */
import type { Mutant } from './mutants.ts';
import { plant } from './plant.ts';
import { SCENES, type Scene } from './scenes.ts';

export type Found = { readonly seeds: number; readonly rule: string; readonly detail: string };

/** @returns undefined when `seedsMax` seeds pass. */
export async function find({ edits, scene }: Mutant, seedsMax: number, from = 1): Promise<Found | undefined> {
  const { simulate } = await plant(edits);
  const { adjust, demand }: Scene = SCENES[scene];
  for (let seed = from; seed < from + seedsMax; seed++) {
    const outcome = await simulate(seed, { adjust });
    const seeds = seed - from + 1;
    if (outcome.violation !== undefined) return { seeds, ...outcome.violation };
    const missing = demand?.(outcome);
    if (missing !== undefined) return { seeds, rule: 'the scene', detail: missing };
  }
  return undefined;
}
