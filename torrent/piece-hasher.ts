/**
 * Reads a file once, in whatever chunks it comes, and knows then all that its torrents need: pieces root and
 * piece layer (BEP 52), SHA-1 of the pieces (BEP 3), size. Holds one block and the leaves of one piece.
 */
import { createHash, hash } from 'node:crypto';
import { assert } from '../core/assert.ts';
import { type Bytes, concat } from '../core/bytes.ts';
import { HASH_BYTES, type Hash32 } from '../core/scalars.ts';
import { absentRoot, BLOCK_BYTES, foldPiece, foldTree } from './piece-tree.ts';

export type Digest = {
  readonly size: number;
  readonly pieceLength: number;
  readonly hash: Hash32;
  /** See `MetainfoV1.pieces`. */
  readonly pieces: Bytes;
  /** See `Metainfo.layer`. */
  readonly layer: Bytes;
};

export class PieceHasher {
  readonly #pieceLength: number;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #blockUsed = 0;
  /** Of the current piece. */
  #leaves: Bytes[] = [];
  #sha1 = createHash('sha1');
  readonly #pieces: Bytes[] = [];
  readonly #layer: Bytes[] = [];
  /** Leaves of the last piece that was closed: a file of one piece has no layer, only leaves. */
  #lastLeaves: Bytes = new Uint8Array(0);
  #size = 0;
  #finished = false;

  /** @param pieceLength - as `pieceLengthOf` the expected size says. With another size the file is read again. */
  constructor(pieceLength: number) {
    assert(pieceLength % BLOCK_BYTES === 0, 'a piece has whole blocks');
    this.#pieceLength = pieceLength;
  }

  get size(): number {
    return this.#size;
  }

  update(chunk: Bytes): void {
    assert(!this.#finished, 'a finished hasher takes nothing more');
    this.#size += chunk.length;
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + BLOCK_BYTES - this.#blockUsed);
      at += part.length;
      if (part.length === BLOCK_BYTES) {
        this.#addBlock(part);
        continue;
      }
      this.#block.set(part, this.#blockUsed);
      this.#blockUsed += part.length;
      if (this.#blockUsed === BLOCK_BYTES) {
        this.#blockUsed = 0;
        this.#addBlock(this.#block);
      }
    }
  }

  /** @returns undefined for a file without bytes: it has no hash. */
  finish(): Digest | undefined {
    assert(!this.#finished, 'a hasher finishes once');
    if (this.#blockUsed > 0) this.#addBlock(this.#block.subarray(0, this.#blockUsed));
    if (this.#leaves.length > 0) this.#closePiece();
    this.#finished = true;
    if (this.#size === 0) return undefined;
    const onePiece = this.#layer.length === 1;
    const layer = onePiece ? new Uint8Array(0) : concat(...this.#layer);
    const root = onePiece
      ? foldTree(this.#lastLeaves, absentRoot(1))
      : foldTree(layer, absentRoot(this.#pieceLength / BLOCK_BYTES));
    return {
      size: this.#size,
      pieceLength: this.#pieceLength,
      hash: root,
      pieces: concat(...this.#pieces),
      layer,
    };
  }

  #addBlock(block: Bytes): void {
    this.#leaves.push(hash('sha256', block, 'buffer'));
    this.#sha1.update(block);
    if (this.#leaves.length * BLOCK_BYTES === this.#pieceLength) this.#closePiece();
  }

  #closePiece(): void {
    this.#lastLeaves = concat(...this.#leaves);
    this.#leaves = [];
    this.#layer.push(foldPiece(this.#lastLeaves, this.#pieceLength / BLOCK_BYTES));
    this.#pieces.push(new Uint8Array(this.#sha1.digest()));
    this.#sha1 = createHash('sha1');
    assert(this.#lastLeaves.length % HASH_BYTES === 0, 'leaves are hashes');
  }
}
