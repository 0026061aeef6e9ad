/** Makes a history that fails short: whatever can be left out while it still fails is left out. */
import { type Parting, play } from './compare.ts';
import type { History } from './history.ts';

export type Shrunk = { readonly kept: readonly number[]; readonly parting: Parting };

/** @param parting - of the whole history. @returns the steps that are enough for the two to part. */
export function shrink(history: History, parting: Parting): Shrunk {
  let shrunk: Shrunk = { kept: [...history.steps.keys()].slice(0, parting.step + 1), parting };
  for (let size = shrunk.kept.length >> 1; size > 0; ) {
    const shorter = without(history, shrunk, size);
    if (shorter === undefined) size >>= 1;
    else shrunk = shorter;
  }
  return shrunk;
}

/** The first part of so many steps that is not needed is left out. */
function without(history: History, { kept }: Shrunk, size: number): Shrunk | undefined {
  for (let at = 0; at < kept.length; at += size) {
    const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
    const parting = play(history, rest);
    if (parting !== undefined) return { kept: rest, parting };
  }
  return undefined;
}
