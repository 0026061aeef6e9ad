/**
 * Is this bencode (BEP 3) at all? The decoder that we use does not end on some input (a byte string of negative
 * length sends it back), and makes hundreds of megabytes of objects of eight megabytes of empty lists. So bytes of
 * strangers pass here first. This decodes nothing: it walks. Pure.
 */
import { type Bytes, utf8 } from '../core/bytes.ts';

const DEPTH_MAX = 32;
/** Far more than a torrent of one file, an answer of a tracker or a message of a peer has. */
const VALUES_MAX = 10_000;
/** A length or an integer of more digits is refused: 2^63 has 19, and a sign. */
const DIGITS_MAX = 20;
const INTEGER = 0x69;
const LIST = 0x6c;
const DICTIONARY = 0x64;
const END = 0x65;
const COLON = 0x3a;
const MINUS = 0x2d;

/** @returns the offset behind the value that starts at `at`, or undefined when there is none, or too much in it. */
export function endOfValue(bytes: Bytes, at = 0): number | undefined {
  return walk(bytes, at, 0, { left: VALUES_MAX });
}

/** The bytes of the value of `key` in the dictionary that `bytes` are. @returns undefined when there is none. */
export function fieldOf(bytes: Bytes, key: string): Bytes | undefined {
  if (bytes[0] !== DICTIONARY) return undefined;
  const wanted = utf8(`${utf8(key).length}:${key}`);
  let at: number | undefined = 1;
  while (at !== undefined && bytes[at] !== END) {
    const keyEnd = endOfText(bytes, at);
    if (keyEnd === undefined) return undefined;
    const end = endOfValue(bytes, keyEnd);
    if (end === undefined) return undefined;
    if (keyEnd - at === wanted.length && wanted.every((byte, i) => bytes[at! + i] === byte)) {
      return bytes.subarray(keyEnd, end);
    }
    at = end;
  }
  return undefined;
}

function walk(bytes: Bytes, at: number, depth: number, values: { left: number }): number | undefined {
  values.left--;
  if (depth > DEPTH_MAX || values.left < 0) return undefined;
  const first = bytes[at];
  if (first === INTEGER) return endOfInteger(bytes, at + 1);
  if (first === LIST) return endOfItems(bytes, at + 1, depth, false, values);
  if (first === DICTIONARY) return endOfItems(bytes, at + 1, depth, true, values);
  return endOfText(bytes, at);
}

function endOfItems(
  bytes: Bytes,
  start: number,
  depth: number,
  keyed: boolean,
  values: { left: number },
): number | undefined {
  let at: number | undefined = start;
  while (at !== undefined && at < bytes.length) {
    if (bytes[at] === END) return at + 1;
    if (keyed) at = endOfText(bytes, at);
    if (at !== undefined) at = walk(bytes, at, depth + 1, values);
  }
  return undefined;
}

function endOfInteger(bytes: Bytes, start: number): number | undefined {
  const digits = bytes[start] === MINUS ? start + 1 : start;
  const end = endOfDigits(bytes, digits);
  return end > digits && end - digits < DIGITS_MAX && bytes[end] === END ? end + 1 : undefined;
}

function endOfText(bytes: Bytes, start: number): number | undefined {
  const colon = endOfDigits(bytes, start);
  if (colon === start || colon - start > DIGITS_MAX || bytes[colon] !== COLON) return undefined;
  let length = 0;
  for (let at = start; at < colon; at++) length = length * 10 + bytes[at]! - 0x30;
  const end = colon + 1 + length;
  return end <= bytes.length ? end : undefined;
}

function endOfDigits(bytes: Bytes, start: number): number {
  let at = start;
  while (at - start <= DIGITS_MAX && bytes[at] !== undefined && bytes[at]! >= 0x30 && bytes[at]! <= 0x39)
    at++;
  return at;
}
