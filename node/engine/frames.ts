/**
 * @pure What travels over direct streams between authorities: the first byte says whether a frame is a
 * message of consensus or the body of a block. The body goes before the proposal that names it.
 */
import { type Bytes, concat } from '../../core/bytes.ts';

export type Frame = { readonly kind: 'consensus' | 'body'; readonly bytes: Bytes };

const MARKS = { consensus: 1, body: 2 } as const;

export function encodeFrame(kind: Frame['kind'], bytes: Bytes): Bytes {
  return concat(Uint8Array.of(MARKS[kind]), bytes);
}

/** @returns undefined for a frame of no known kind. */
export function decodeFrame(frame: Bytes): Frame | undefined {
  if (frame[0] === MARKS.consensus) return { kind: 'consensus', bytes: frame.subarray(1) };
  if (frame[0] === MARKS.body) return { kind: 'body', bytes: frame.subarray(1) };
  return undefined;
}
