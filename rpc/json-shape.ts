/**
 * How deep a JSON text is, and how much stands in it, before anybody makes objects of it: a quarter of a megabyte of
 * empty lists or of made-up fields holds the loop for a tenth of a second. One pass over the bytes; of what is no
 * JSON it says something, too. UTF-8: none of the bytes that it looks for stands inside of another character.
 */
import type { Bytes } from '../core/bytes.ts';

export type JsonShape = {
  /** Lists and objects inside of one another. */
  readonly depth: number;
  /** Names of fields: outside of strings each colon of valid JSON ends one. */
  readonly names: number;
  /** Fields, items, lists and objects, about. */
  readonly parts: number;
};

export function jsonShape(text: Bytes): JsonShape {
  let depth = 0;
  let deepest = 0;
  let names = 0;
  let parts = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === COLON) names++;
    else if (byte === COMMA) parts++;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      parts++;
      if (++depth > deepest) deepest = depth;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
  }
  return { depth: deepest, names, parts };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;
