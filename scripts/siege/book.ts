/** Small real books: their bytes follow from their id, so that every reader can tell whether those that came are right. */
import { createCipheriv, createHash } from 'node:crypto';
import { piecesRoot } from '../../client/pieces-root.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';

const BYTES_MIN = 16_000;
const BYTES_SPAN = 48_000;
const WORD_CHARACTERS = 16;

export type Text = {
  readonly id: string;
  readonly bytes: Bytes;
  readonly name: string;
  /** A word of the name that no other book has. */
  readonly word: string;
  /** 64 hex characters. */
  readonly hash: string;
};

/** @param id - any text. @returns between 16 and 64 kB. */
export function bookOf(id: string): Text {
  const seed = createHash('sha256').update(`siege ${id}`).digest();
  const length = BYTES_MIN + (seed.readUInt32BE(0) % BYTES_SPAN);
  const stream = createCipheriv('aes-128-ctr', seed.subarray(0, 16), seed.subarray(16));
  const bytes = new Uint8Array(stream.update(new Uint8Array(length)));
  const word = `w${seed.toString('hex').slice(0, WORD_CHARACTERS)}`;
  return { id, bytes, name: `A Voyage to ${word}.txt`, word, hash: toHex(piecesRoot(bytes)!) };
}
