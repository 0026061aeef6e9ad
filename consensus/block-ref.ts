/**
 * A block as consensus knows it: an opaque hash in a chain. What is inside is the chain's business.
 * This file must never learn what a transaction is.
 */
import { equalBytes, toHex } from '../core/bytes.ts';
import type { Hash32, Height } from '../core/scalars.ts';

export type BlockRef = {
  /** 32 bytes. */
  readonly hash: Hash32;
  /** 32 bytes. */
  readonly parentHash: Hash32;
  readonly height: Height;
};

/** The same hash, the same parent, the same height. */
export function equalRefs(a: BlockRef, b: BlockRef): boolean {
  return a.height === b.height && equalBytes(a.hash, b.hash) && equalBytes(a.parentHash, b.parentHash);
}

/** The name of a block in a map. All three fields: a lying leader may name a true hash with a false height. */
export function refKey(block: BlockRef): string {
  return `${toHex(block.hash)}:${toHex(block.parentHash)}:${block.height}`;
}
