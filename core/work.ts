/**
 * A proof of work: bytes whose SHA-256 begins with so many zero bits. To find some takes 2^bits hashes, to check them
 * one. It keeps nobody out who wants in, and makes it dear to come in a thousand times a second. Pure.
 */
import type { Bytes } from './bytes.ts';
import { sha256 } from './hash.ts';
import type { Steps } from './steps.ts';

/** @returns how many zero bits the hash of `text` begins with. */
export function workOf(text: Bytes): number {
  return zeroBits(sha256(text));
}

/** @param textOf - for a made-up word, what is hashed. @returns a word with which it has so many bits of work. */
export function* findWork(bits: number, textOf: (word: string) => Bytes): Steps<string> {
  for (let number = 0; ; number++) {
    if (number % WORDS_A_STEP === WORDS_A_STEP - 1) yield;
    const word = number.toString(36);
    if (workOf(textOf(word)) >= bits) return word;
  }
}
/** A few milliseconds. */
const WORDS_A_STEP = 1_024;

function zeroBits(hash: Bytes): number {
  let bits = 0;
  for (const byte of hash) {
    if (byte !== 0) return bits + Math.clz32(byte) - 24;
    bits += 8;
  }
  return bits;
}
