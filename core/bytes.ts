/**
 * Bytes and their hex form. Hex is lower case everywhere:
 * upper case is refused rather than folded, so that one value has one spelling.
 */
import { hexOf } from '#hex';
import { assert } from './assert.ts';

export type Bytes = Uint8Array;

/** Character code → value of the digit; 255 for what is no lower-case digit. */
const VALUES = new Uint8Array(128).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) VALUES[digit.charCodeAt(0)] = value;

/** Lower-case hex, two characters a byte. */
export function toHex(bytes: Bytes): string {
  return hexOf(bytes);
}

/** @returns undefined unless `text` is lower-case hex of exactly `length` bytes (any length when omitted). */
export function fromHex(text: string, length?: number): Bytes | undefined {
  if (text.length % 2 !== 0 || (length !== undefined && text.length !== length * 2)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = VALUES[text.charCodeAt(2 * i)] ?? 255;
    const low = VALUES[text.charCodeAt(2 * i + 1)] ?? 255;
    if (high === 255 || low === 255) return undefined;
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

/** Hex that we wrote ourselves. @throws AssertionFailed when it is not hex of `length` bytes. */
export function hexToBytes(text: string, length?: number): Bytes {
  const bytes = fromHex(text, length);
  assert(bytes !== undefined, `not lower-case hex of ${length ?? 'whole'} bytes`);
  return bytes;
}

export function concat(...parts: readonly Bytes[]): Bytes {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Order by bytes: negative, zero or positive. What is hashed or signed is sorted by this. */
export function compareBytes(a: Bytes, b: Bytes): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** UTF-8 of `text`. */
export function utf8(text: string): Bytes {
  return ENCODER.encode(text);
}
const ENCODER = new TextEncoder();

/** @returns undefined when the bytes are not well-formed UTF-8. */
export function fromUtf8(bytes: Bytes): string | undefined {
  try {
    return DECODER.decode(bytes);
  } catch {
    return undefined; // the only thing that TextDecoder throws for is malformed input
  }
}
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Is this a byte array of exactly `length` bytes? */
export function isBytes(value: unknown, length: number): value is Bytes {
  return value instanceof Uint8Array && value.length === length;
}
