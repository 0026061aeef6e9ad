/** Standard base64 with padding (RFC 4648, section 4): one spelling of each value. Without Buffer, which browsers lack. */
import type { Bytes } from './bytes.ts';

/** As many arguments as one call takes in every engine. */
const PART = 8_192;

export function toBase64(bytes: Bytes): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PART)
    text += String.fromCharCode(...bytes.subarray(at, at + PART));
  return btoa(text);
}

/** @returns undefined for what `toBase64` has not made. */
export function fromBase64(text: string): Bytes | undefined {
  if (text.length % 4 !== 0 || !ALPHABET.test(text)) return undefined; // for the rest atob throws
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return toBase64(bytes) === text ? bytes : undefined; // bits behind the last byte have a second spelling
}
const ALPHABET = /^[A-Za-z0-9+/]*={0,2}$/;
