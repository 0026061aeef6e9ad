/**
 * Bytes and their hex form. Hex is lower case everywhere (protocol.md, "Names"):
 * upper case is refused rather than folded, so that one value has one spelling.
 */
import { assert } from './assert.ts';

export type Bytes = Uint8Array;

const HEX = /^(?:[0-9a-f]{2})*$/;
const DIGITS: string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Lower-case hex, two characters a byte. */
export function toHex(bytes: Bytes): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += DIGITS[bytes[i]!];
  return text;
}

/** @returns undefined unless `text` is lower-case hex of exactly `length` bytes (any length when omitted). */
export function fromHex(text: string, length?: number): Bytes | undefined {
  if (length !== undefined && text.length !== length * 2) return undefined;
  if (!HEX.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
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
