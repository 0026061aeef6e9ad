/** What a fault has to do with: four libraries, readers who buy, and chance. */
import type { Load } from './load.ts';
import { type ChaosStage, LIBRARIES } from './stage.ts';

export type Scene = {
  readonly stage: ChaosStage;
  readonly load: Load;
  /** A number from 0 to `below` − 1. */
  choose(below: number): number;
  /** How many purchases a fault lasts. */
  readonly purchases: number;
};
export type ChaosFault = {
  readonly name: string;
  /** Why it cannot happen here. */
  missing?(scene: Scene): string | undefined;
  /** @returns what it did. @throws when the federation did not behave. */
  run(scene: Scene): Promise<string>;
};

export function anyone({ choose }: Scene): number {
  return choose(LIBRARIES);
}

/** It has every block, and readers buy there again. */
export async function backAgain({ stage, load }: Scene, victim: number, what: string): Promise<string> {
  await stage.caughtUp(victim);
  await load.more(1, victim);
  return `${stage.name(victim)} ${what}`;
}
