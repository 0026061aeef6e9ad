/**
 * The hash of a file as DigitalLib names it: the BEP 52 pieces root, root of the SHA-256 Merkle tree over blocks
 * of 16 KiB, missing leaves being zero. Pure; memory grows with the logarithm of the size.
 * Source: http://bittorrent.org/beps/bep_0052.html.
 */
import { type Bytes, concat } from '../core/bytes.ts';
import { sha256, ZERO_HASH } from '../core/hash.ts';
import type { Hash32 } from '../core/scalars.ts';

const BLOCK_BYTES = 16_384;

/** @returns 32 bytes, or undefined for a file without bytes: it has no hash. */
export function piecesRoot(bytes: Bytes): Hash32 | undefined {
  const hasher = new PiecesRootHasher();
  hasher.update(bytes);
  return hasher.finish();
}

/** The same for bytes that come in chunks of any length. @throws the reason of the signal. */
export async function piecesRootOfStream(
  chunks: AsyncIterable<Bytes>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Hash32 | undefined> {
  const hasher = new PiecesRootHasher();
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    hasher.update(chunk);
  }
  return hasher.finish();
}

export class PiecesRootHasher {
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #blockUsed = 0;
  /** At index n: the root of a full subtree of 2^n leaves that waits for its right sibling. */
  readonly #waiting: (Hash32 | undefined)[] = [];

  update(chunk: Bytes): void {
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + BLOCK_BYTES - this.#blockUsed);
      this.#block.set(part, this.#blockUsed);
      this.#blockUsed += part.length;
      at += part.length;
      if (this.#blockUsed === BLOCK_BYTES) this.#closeBlock();
    }
  }

  /** Ends the file. @returns undefined when there was no byte. */
  finish(): Hash32 | undefined {
    if (this.#blockUsed > 0) this.#closeBlock();
    let root: Hash32 | undefined;
    let absent: Hash32 = ZERO_HASH;
    for (const [level, left] of this.#waiting.entries()) {
      const isTop = level === this.#waiting.length - 1;
      if (root !== undefined) root = sha256(left === undefined ? concat(root, absent) : concat(left, root));
      else if (left !== undefined) root = isTop ? left : sha256(concat(left, absent));
      absent = sha256(concat(absent, absent));
    }
    return root;
  }

  #closeBlock(): void {
    let root = sha256(this.#block.subarray(0, this.#blockUsed));
    this.#blockUsed = 0;
    let level = 0;
    for (let left = this.#waiting[level]; left !== undefined; left = this.#waiting[level]) {
      root = sha256(concat(left, root));
      this.#waiting[level] = undefined;
      level += 1;
    }
    this.#waiting[level] = root;
  }
}
