/**
 * @pure Ranges of final blocks, cut at their certificates: a certificate makes its block and those before it final.
 * What follows the last one proves nothing yet: it is kept until more has come.
 */
import { type Block, decodeBlock } from '../../chain/block/block.ts';
import { decodeMessage, type Finalization } from '../../consensus/messages.ts';
import type { Height } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { RangeEntry } from '../ledger/messages.ts';

/** Blocks that one certificate makes final: the last one carries it. */
export type Segment = { readonly blocks: readonly Block[]; readonly certificate: Finalization };
export type Rest = { readonly blocks: readonly Block[]; readonly bytes: number };
export type Cut = { readonly segments: readonly Segment[]; readonly rest: Rest };

export const NO_REST: Rest = { blocks: [], bytes: 0 };

/**
 * @param before - what an earlier range has left. @param from - the height of the first of the entries.
 * @returns reject("codec.…" | "block.wrong-header") when one is no block, or not of its height.
 */
export function cut(before: Rest, from: Height, entries: readonly RangeEntry[]): Verdict<Cut> {
  const segments: Segment[] = [];
  let { bytes } = before;
  let blocks = [...before.blocks];
  for (const [index, entry] of entries.entries()) {
    const block = decodeBlock(entry.block);
    if (block.kind !== 'accept') return block;
    if (block.value.header.height !== from + index) return reject('block.wrong-header', 'height');
    blocks.push(block.value);
    bytes += entry.block.length;
    if (entry.certificate === undefined) continue;
    const message = decodeMessage(entry.certificate);
    if (message.kind !== 'accept') return message;
    if (message.value.kind !== 'finalization') return reject('codec.wrong-shape');
    segments.push({ blocks, certificate: message.value });
    blocks = [];
    bytes = 0;
  }
  return accept({ segments, rest: { blocks, bytes } });
}
