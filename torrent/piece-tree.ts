/**
 * The Merkle tree of a file (BEP 52): SHA-256 over blocks of 16 KiB, missing leaves are zero, so that subtrees
 * behind the end of the file have fixed roots. Its root, the "pieces root", is the file's hash everywhere in
 * DigitalLib. Pure. There is no domain between leaves and nodes: a proof must pin its depth.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, concat } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';
import { HASH_BYTES, type Hash32 } from '../core/scalars.ts';

/** A leaf covers so many bytes of the file. */
export const BLOCK_BYTES = 16_384;
const PIECE_BYTES_MAX = 16 * 1024 * 1024;
const PIECES_WANTED = 2_048;

/**
 * Our rule for torrents: the smallest power of two from 16 KiB that makes at most 2,048 pieces; never more than
 * 16 MiB, whatever the size.
 * @param size - bytes, at least 1.
 */
export function pieceLengthOf(size: number): number {
  assert(Number.isSafeInteger(size) && size > 0, 'a file has bytes');
  let length = BLOCK_BYTES;
  while (length * PIECES_WANTED < size && length < PIECE_BYTES_MAX) length *= 2;
  return length;
}

/**
 * Root over `hashes` (32 bytes each, end to end), filled up to the next power of two with `fill`.
 * @param fill - 32 bytes: the root of an absent subtree at this level, see `absentRoot`.
 */
export function foldTree(hashes: Bytes, fill: Hash32): Hash32 {
  assert(hashes.length > 0 && hashes.length % HASH_BYTES === 0, 'whole hashes');
  let level = hashes;
  let absent = fill;
  while (level.length > HASH_BYTES) {
    const even = level.length % (2 * HASH_BYTES) === 0 ? level : concat(level, absent);
    const parents = new Uint8Array(even.length / 2);
    for (let at = 0; at < parents.length; at += HASH_BYTES) {
      parents.set(sha256(even.subarray(2 * at, 2 * at + 2 * HASH_BYTES)), at);
    }
    level = parents;
    absent = sha256(concat(absent, absent));
  }
  return level.slice();
}

/** Root of `count` absent leaves. @param count - a power of two; 1 gives 32 zeros. */
export function absentRoot(count: number): Hash32 {
  let root: Hash32 = new Uint8Array(HASH_BYTES);
  for (let leaves = 1; leaves < count; leaves *= 2) root = sha256(concat(root, root));
  return root;
}

/** Root over exactly `count` leaves, of which the last ones may be absent. @param count - a power of two. */
export function foldPiece(leaves: Bytes, count: number): Hash32 {
  let root = foldTree(leaves, absentRoot(1));
  let covered = 1;
  while (covered * HASH_BYTES < leaves.length) covered *= 2;
  for (; covered < count; covered *= 2) root = sha256(concat(root, absentRoot(covered)));
  return root;
}
