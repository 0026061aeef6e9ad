/**
 * How long the chain stood still while somebody waited for it: read from the blocks of a library that has ended, and
 * from when readers waited for a purchase to be final (a registration may wait for its own work instead).
 */
import { join } from 'node:path';
import { BlockStore, headIn } from '../../node/ledger/block-store.ts';
import { openLevelStore } from '../../store/level.ts';

/** The times of its blocks from `since` on, in order, milliseconds since 1970. */
export async function blockTimes(home: string, since: number): Promise<readonly number[]> {
  const store = openLevelStore(join(home, 'chain'));
  await store.start();
  try {
    const rows = new BlockStore(store, 1);
    const times: number[] = [];
    for (let { height } = headIn(store)!; height >= rows.base(); height--) {
      const block = rows.body(rows.at(height)!.hash)!;
      times.unshift(block.header.time);
      if (block.header.time < since) break;
    }
    return times;
  } finally {
    await store.stop();
  }
}

/** The longest time without a block in any of the waits, in milliseconds; 0 when nobody has waited. */
export function longestWait(
  blocks: readonly number[],
  waits: readonly (readonly [number, number])[],
): number {
  let longest = 0;
  for (const [from, to] of waits) {
    let last = from;
    for (let i = firstAfter(blocks, from); i < blocks.length && blocks[i]! < to; i++) {
      longest = Math.max(longest, blocks[i]! - last);
      last = blocks[i]!;
    }
    longest = Math.max(longest, to - last);
  }
  return longest;
}

/** The number of the first block after this time. */
function firstAfter(blocks: readonly number[], time: number): number {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks[middle]! > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
