/**
 * The one encoding of everything hashed, signed, gossiped or stored: DAG-CBOR
 * (https://ipld.io/specs/codecs/dag-cbor/spec/), so that every block and transaction has a CID
 * that IPFS tools understand. One value has one encoding; what does not re-encode to the same
 * bytes is refused.
 */
import * as dagCbor from '@ipld/dag-cbor';
import { type Bytes, equalBytes } from './bytes.ts';
import { accept, reject, type Verdict } from './verdict.ts';

/** What may be encoded: maps with string keys, arrays, text, byte strings, integers up to 64 bits, booleans, null. */
export type Encodable =
  | { readonly [key: string]: Encodable }
  | readonly Encodable[]
  | string
  | Bytes
  | number
  | bigint
  | boolean
  | null;

/** Canonical bytes. @throws on `undefined`, fractions and integers beyond 64 bits: mistakes of ours. */
export function encode(value: Encodable): Bytes {
  return dagCbor.encode(value);
}

/**
 * @param bytesMax - longer input is refused before it is looked at.
 * @returns reject("codec.too-long" | "codec.malformed" | "codec.not-canonical").
 */
export function decode(bytes: Bytes, bytesMax: number): Verdict<unknown> {
  if (bytes.length > bytesMax) return reject('codec.too-long');
  let value: Encodable;
  let again: Bytes;
  try {
    value = dagCbor.decode<Encodable>(bytes);
    again = encode(value); // needs more stack than decoding: thousands of maps in one another decode and do not encode
  } catch {
    return reject('codec.malformed'); // neither throws for anything else
  }
  return equalBytes(again, bytes) ? accept(value) : reject('codec.not-canonical');
}

/**
 * Reads what this program encoded and stored itself, without looking for another spelling of it.
 * @throws when the store has damaged it. Never for anything that came from outside.
 */
export function decodeOwn<T extends Encodable>(bytes: Bytes): T {
  return dagCbor.decode<T>(bytes);
}

/** A decoded map with exactly these keys, no more and no fewer. */
export function hasExactly<K extends string>(
  value: unknown,
  keys: readonly K[],
): value is Record<K, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return false;
  }
  const own = Object.keys(value);
  return own.length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}
