/**
 * Fields of transactions: how one is read from DAG-CBOR, written to it and said in the text that is signed; and its
 * shape, for whoever derives something from it (the schema of the API, samples and golden bytes, what is private). A
 * kind lists its fields in the order in which its text says them; each is one of those below.
 */
import { type Bytes, equalBytes, isBytes, toHex, utf8 } from '../../core/bytes.ts';
import type { Encodable } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  INFO_HASH_BYTES,
  type InfoHash20,
  NONCE_BYTES,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  parseTokens,
  SIGNATURE_BYTES,
  type Signature64,
  type Tokens,
  type UnixSeconds,
} from '../../core/scalars.ts';

/** Whose key a field holds. A reader's is private: no public event, body or entry shows it (docs/decisions/salts.md). */
export type Holder = 'reader' | 'member' | 'authority' | 'billing';

export type Shape =
  | { readonly is: 'bytes'; readonly length: number }
  | { readonly is: 'key'; readonly of: Holder }
  | { readonly is: 'tokens' }
  | { readonly is: 'seconds' }
  /** A number of periods since 1970 (chain/state/day.ts). */
  | { readonly is: 'period' }
  /** At most so many UTF-16 units, and all of it as the pattern says. */
  | { readonly is: 'text'; readonly lengthMax: number; readonly pattern?: RegExp }
  /** Exactly so many, no two alike. */
  | { readonly is: 'list'; readonly of: Shape; readonly count: number }
  /** One of chain/governance/action.ts. */
  | { readonly is: 'action' }
  | { readonly is: 'optional'; readonly of: Shape };

/** What `read` gives for a value that is none of the field. */
export const WRONG: unique symbol = Symbol('wrong');

/** Methods, so that fields of all types go into one list. */
export type Field<T> = {
  readonly shape: Shape;
  /** The version of the rules that it is a part of its kind from. */
  readonly since: number;
  /** Shape and bounds only. @param version - of the rules that the transaction is read by. */
  read(value: unknown, version: number): T | typeof WRONG;
  write(value: T): Encodable;
  /** None, one or several parts of a signed text. None holds a colon. */
  words(value: T): readonly string[];
  /** Of what was read by another version: would this one read it so, too? Only where `read` depends on the version. */
  isOfVersion?(value: T, version: number): boolean;
};
/** In the order of the signed text. */
export type Fields = { readonly [name: string]: Field<unknown> };
type ValueOf<F> = F extends { read(value: unknown, version: number): infer R }
  ? Exclude<R, typeof WRONG>
  : never;
/** The transaction that has these fields. */
export type Transacted<K extends string, F extends Fields> = { readonly kind: K } & {
  readonly [N in keyof F]: ValueOf<F[N]>;
};

/** It stands in no text: what is signed is everything else. */
export const signature: Field<Signature64> = { ...bytes(SIGNATURE_BYTES), words: () => [] };
export const hash: Field<Hash32> = bytes(HASH_BYTES);
export const nonce: Field<Bytes> = bytes(NONCE_BYTES);
export const reader: Field<PublicKey32> = keyOf('reader');
export const member: Field<PublicKey32> = keyOf('member');
export const authority: Field<PublicKey32> = keyOf('authority');
export const billing: Field<PublicKey32> = keyOf('billing');
export const tokens: Field<Tokens> = {
  ...asItIs({ is: 'tokens' }, parseTokens),
  words: (value) => [String(value)],
};
export const seconds: Field<UnixSeconds> = {
  ...asItIs({ is: 'seconds' }, parseCount),
  words: (value) => [String(value)],
};
export const period: Field<number> = {
  ...asItIs({ is: 'period' }, parseCount),
  words: (value) => [String(value)],
};
/** In a text by the SHA-256 of its UTF-8: a name may hold a colon. What else a name may be is the business of rules. */
export const fileName: Field<string> = {
  ...asItIs({ is: 'text', lengthMax: limits.fileNameBytesMax }, (value) =>
    typeof value === 'string' && value.length <= limits.fileNameBytesMax ? value : undefined,
  ),
  words: (value) => [toHex(sha256(utf8(value)))],
};

const RATE = /^[ -9;-~]{1,64}$/;
/** 1 … 64 printable ASCII characters without a colon. */
export const rate: Field<string> = {
  ...asItIs({ is: 'text', lengthMax: 64, pattern: RATE }, (value) =>
    typeof value === 'string' && RATE.test(value) ? value : undefined,
  ),
  words: (value) => [value],
};

/** Of a file, all four: v1, v2 (cut), hybrid v1, hybrid v2 (cut). */
const INFO_HASHES = 4;
export const infoHashes: Field<readonly InfoHash20[]> = {
  ...asItIs(
    { is: 'list', of: { is: 'bytes', length: INFO_HASH_BYTES }, count: INFO_HASHES },
    parseInfoHashes,
  ),
  words: (value) => value.map(toHex),
};

/**
 * What ends a kind that happens once: 16 random bytes, and an end an hour ahead at most. The others leave something in
 * the state that keeps them from happening again (docs/ledger.md).
 */
export const once = { nonce, expires: seconds, signature };

/** Null on the wire, and no part of the text, when it is absent. */
export function optional<T>({ shape, since, read, write, words }: Field<T>): Field<T | undefined> {
  return {
    shape: { is: 'optional', of: shape },
    since,
    read: (value, version) => (value === null ? undefined : read(value, version)),
    write: (value) => (value === undefined ? null : write(value)),
    words: (value) => (value === undefined ? [] : words(value)),
  };
}

/** A part of its kind from this version of the rules on. What was made before has no such property at all. */
export function later<T>(since: number, field: Field<T>): Field<T | undefined> {
  return { ...(field as Field<T | undefined>), since };
}

/** A value that is written as it is. @param parse - undefined for what is none. */
export function asItIs<T extends Encodable>(
  shape: Shape,
  parse: (value: unknown) => T | undefined,
): Omit<Field<T>, 'words'> {
  return { shape, since: 1, read: (value) => parse(value) ?? WRONG, write: (value) => value };
}

function bytes(length: number, shape: Shape = { is: 'bytes', length }): Field<Bytes> {
  const parse = (value: unknown): Bytes | undefined => (isBytes(value, length) ? value : undefined);
  return { ...asItIs(shape, parse), words: (value) => [toHex(value)] };
}

function keyOf(of: Holder): Field<PublicKey32> {
  return bytes(PUBLIC_KEY_BYTES, { is: 'key', of });
}

function parseInfoHashes(value: unknown): readonly InfoHash20[] | undefined {
  if (!Array.isArray(value) || value.length !== INFO_HASHES) return undefined;
  const list: readonly unknown[] = value;
  const hashes = list.filter((item) => isBytes(item, INFO_HASH_BYTES));
  const areDifferent = hashes.every(
    (one, index) => hashes.findIndex((other) => equalBytes(other, one)) === index,
  );
  return hashes.length === INFO_HASHES && areDifferent ? hashes : undefined;
}
