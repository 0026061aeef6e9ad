/**
 * Where a page of results ended: the sort key of its last file, opaque to the caller. Bounded, and checked as
 * what it is: a stranger's text. It holds nothing that the page did not show.
 */
import type { Hash32, Height } from '../core/scalars.ts';

/** bm25 of the last file, or undefined in a listing without a query. */
export type ResultPosition = {
  readonly rank: number | undefined;
  readonly height: Height;
  readonly hash: Hash32;
};

const LISTED = 0;
const RANKED = 1;
const BYTES = 1 + 8 + 6 + 32;

export function encodeCursor(position: ResultPosition): string {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeUInt8(position.rank === undefined ? LISTED : RANKED, 0);
  bytes.writeDoubleBE(position.rank ?? 0, 1);
  bytes.writeUIntBE(position.height, 9, 6);
  bytes.set(position.hash, 15);
  return bytes.toString('base64url');
}

/** @returns undefined for everything that encodeCursor cannot have written. */
export function decodeCursor(text: string): ResultPosition | undefined {
  if (text.length !== Math.ceil((BYTES * 4) / 3)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== BYTES || bytes[0]! > RANKED) return undefined;
  const rank = bytes[0] === RANKED ? bytes.readDoubleBE(1) : undefined;
  if (rank !== undefined && !Number.isFinite(rank)) return undefined;
  const position = { rank, height: bytes.readUIntBE(9, 6), hash: new Uint8Array(bytes.subarray(15)) };
  return encodeCursor(position) === text ? position : undefined;
}
