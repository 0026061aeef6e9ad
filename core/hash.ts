/** SHA-256, and the domains that keep one use of it from being taken for another. */
import { sha256 } from '#crypto';
import { type Bytes, concat, equalBytes } from './bytes.ts';
import type { Hash32 } from './scalars.ts';

export { sha256 };

/** First byte of what is hashed in a Merkle tree (RFC 6962, section 2.1): a leaf is never taken for a node. */
export const LEAF = Uint8Array.of(0);
export const NODE = Uint8Array.of(1);
/** The hash of nothing. */
export const ZERO_HASH: Hash32 = new Uint8Array(32);

/** Root of a binary Merkle tree over `items`, in order (RFC 6962, section 2.1). @returns 32 bytes. */
export function merkleRoot(items: readonly Bytes[]): Hash32 {
  if (items.length === 0) return sha256(new Uint8Array(0));
  if (items.length === 1) return sha256(concat(LEAF, items[0]!));
  const split = largestPowerBelow(items.length);
  return sha256(concat(NODE, merkleRoot(items.slice(0, split)), merkleRoot(items.slice(split))));
}

/** Hashes from the leaf `index` up to the root (RFC 6962, section 2.1.1). */
export function merklePath(items: readonly Bytes[], index: number): Hash32[] {
  if (items.length <= 1) return [];
  const split = largestPowerBelow(items.length);
  return index < split
    ? [...merklePath(items.slice(0, split), index), merkleRoot(items.slice(split))]
    : [...merklePath(items.slice(split), index - split), merkleRoot(items.slice(0, split))];
}

/** Does `item` stand at `index` among `count` items under `root`? (RFC 9162, section 2.1.3.2) */
export function verifyMerklePath(
  item: Bytes,
  index: number,
  count: number,
  path: readonly Hash32[],
  root: Hash32,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 0 || index >= count)
    return false;
  const computed = fold(sha256(concat(LEAF, item)), index, count, path, path.length);
  return computed !== undefined && equalBytes(computed, root);
}

function fold(
  leaf: Hash32,
  index: number,
  count: number,
  path: readonly Hash32[],
  used: number,
): Hash32 | undefined {
  if (count === 1) return used === 0 ? leaf : undefined;
  const sibling = path[used - 1];
  if (sibling === undefined) return undefined;
  const split = largestPowerBelow(count);
  if (index < split) {
    const left = fold(leaf, index, split, path, used - 1);
    return left && sha256(concat(NODE, left, sibling));
  }
  const right = fold(leaf, index - split, count - split, path, used - 1);
  return right && sha256(concat(NODE, sibling, right));
}

/** The largest power of two that is smaller than `count` (count ≥ 2). */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
