/**
 * A page of the state tree: sixteen slots, each empty, a leaf, or a page further down. Its stored form is read
 * only by this program; its hash is the protocol (chain/state/tree.ts).
 *
 *   stored = bitmap of what is there (2) ‖ bitmap of what is a leaf (2) ‖ per child:
 *            page: hash (32) ‖ version (6); leaf: hash (32) ‖ key hash (32) ‖ value hash (32)
 *   for the root of a version that changes nothing = the version that wrote the root (6)
 */
import { assert } from '../../core/assert.ts';
import { type Bytes, concat } from '../../core/bytes.ts';
import { LEAF, NODE, sha256 } from '../../core/hash.ts';
import { HASH_BYTES, type Hash32, type Height } from '../../core/scalars.ts';

/** What stands in a slot: a window into the bytes of the page that it was read from, hash first. */
export type Child = {
  readonly kind: 'page' | 'leaf';
  readonly bytes: Bytes;
  /** Where in `bytes` it begins. */
  readonly at: number;
};
/** Sixteen slots. */
export type Page = readonly (Child | undefined)[];

const PAGE_BYTES = 38;
const LEAF_BYTES = 96;
/** No page is so long: one of nothing has 4 bytes, one of a single child 42. */
const POINTER_BYTES = 6;

export function hashOf({ bytes, at }: Child): Hash32 {
  return bytes.subarray(at, at + HASH_BYTES);
}

/** Of a page: the version in which it was written. */
export function versionOf({ kind, bytes, at }: Child): Height {
  assert(kind === 'page', 'a leaf has no version');
  return readVersion(bytes, at + HASH_BYTES);
}

/** Of a leaf: SHA-256 of its key. */
export function keyHashOf({ kind, bytes, at }: Child): Hash32 {
  assert(kind === 'leaf', 'a page has no key');
  return bytes.subarray(at + HASH_BYTES, at + 2 * HASH_BYTES);
}

/** Of a leaf: SHA-256 of its key and its value. */
export function valueHashOf({ kind, bytes, at }: Child): Hash32 {
  assert(kind === 'leaf', 'a page has no value');
  return bytes.subarray(at + 2 * HASH_BYTES, at + 3 * HASH_BYTES);
}

/** @param keyHash - SHA-256 of the key. @param valueHash - as `hashValue` makes it. */
export function leafOf(keyHash: Hash32, valueHash: Hash32): Child {
  const bytes = new Uint8Array(LEAF_BYTES);
  copy(keyHash, 0, bytes, HASH_BYTES, HASH_BYTES);
  copy(valueHash, 0, bytes, 2 * HASH_BYTES, HASH_BYTES);
  copy(hashLeaf(keyHash, valueHash), 0, bytes, 0, HASH_BYTES);
  return { kind: 'leaf', bytes, at: 0 };
}

/** A page with these children that is written in this version. */
export function pageOf(children: Page, version: Height): Child {
  const bytes = new Uint8Array(PAGE_BYTES);
  copy(hashPage(children), 0, bytes, 0, HASH_BYTES);
  writeVersion(version, bytes, HASH_BYTES);
  return { kind: 'page', bytes, at: 0 };
}

/** What a leaf says of its value: SHA-256 of the key and the value. A key's first byte says how long it is. */
export function hashValue(key: Bytes, value: Bytes): Hash32 {
  return sha256(concat(key, value));
}

/** @param keyHash - SHA-256 of the key. @param valueHash - as `hashValue` makes it. */
export function hashLeaf(keyHash: Hash32, valueHash: Hash32): Hash32 {
  const input = new Uint8Array(1 + 2 * HASH_BYTES);
  input[0] = LEAF[0]!;
  copy(keyHash, 0, input, 1, HASH_BYTES);
  copy(valueHash, 0, input, 1 + HASH_BYTES, HASH_BYTES);
  return sha256(input);
}

/** The hash of sixteen slots, of which only the hashes are looked at. */
export function hashPage(children: readonly (Pick<Child, 'bytes' | 'at'> | undefined)[]): Hash32 {
  const input = new Uint8Array(3 + 16 * HASH_BYTES);
  let bitmap = 0;
  let end = 3;
  for (let slot = 0; slot < 16; slot++) {
    const child = children[slot];
    if (child === undefined) continue;
    bitmap |= 1 << slot;
    copy(child.bytes, child.at, input, end, HASH_BYTES);
    end += HASH_BYTES;
  }
  input[0] = NODE[0]!;
  input[1] = bitmap >> 8;
  input[2] = bitmap & 0xff;
  return sha256(input.subarray(0, end));
}

export function encodePage(children: Page): Bytes {
  let length = 4;
  for (const child of children) if (child !== undefined) length += lengthOf(child.kind);
  const bytes = new Uint8Array(length);
  let present = 0;
  let leaves = 0;
  let end = 4;
  for (let slot = 0; slot < 16; slot++) {
    const child = children[slot];
    if (child === undefined) continue;
    present |= 1 << slot;
    if (child.kind === 'leaf') leaves |= 1 << slot;
    copy(child.bytes, child.at, bytes, end, lengthOf(child.kind));
    end += lengthOf(child.kind);
  }
  bytes[0] = present >> 8;
  bytes[1] = present & 0xff;
  bytes[2] = leaves >> 8;
  bytes[3] = leaves & 0xff;
  return bytes;
}

/** @param bytes - what `encodePage` made. @throws AssertionFailed when the store has damaged it. */
export function decodePage(bytes: Bytes): (Child | undefined)[] {
  const present = (bytes[0]! << 8) | bytes[1]!;
  const leaves = (bytes[2]! << 8) | bytes[3]!;
  const children: (Child | undefined)[] = new Array(16).fill(undefined);
  let at = 4;
  for (let slot = 0; slot < 16; slot++) {
    if ((present & (1 << slot)) === 0) continue;
    const kind = (leaves & (1 << slot)) === 0 ? 'page' : 'leaf';
    children[slot] = { kind, bytes, at };
    at += lengthOf(kind);
  }
  assert(at === bytes.length, 'a stored page is whole');
  return children;
}

/** One slot of a stored page: as `decodePage`, for whoever looks at no other. */
export function childAt(bytes: Bytes, slot: number): Child | undefined {
  const present = (bytes[0]! << 8) | bytes[1]!;
  const leaves = (bytes[2]! << 8) | bytes[3]!;
  let at = 4;
  for (let here = 0; here <= slot; here++) {
    if ((present & (1 << here)) === 0) continue;
    const kind = (leaves & (1 << here)) === 0 ? 'page' : 'leaf';
    if (here === slot) return { kind, bytes, at };
    at += lengthOf(kind);
  }
  return undefined;
}

/** What is stored instead of the root of a version that changes nothing. @param version - that wrote the root. */
export function encodePointer(version: Height): Bytes {
  const bytes = new Uint8Array(POINTER_BYTES);
  writeVersion(version, bytes, 0);
  return bytes;
}

/** @returns the version that wrote the page, or undefined: this is a page. */
export function pointedTo(bytes: Bytes): Height | undefined {
  return bytes.length === POINTER_BYTES ? readVersion(bytes, 0) : undefined;
}

/** Six bytes, big-endian: 2^48 blocks are enough. */
export function writeVersion(version: Height, to: Bytes, at: number): void {
  let rest = version;
  for (let i = 5; i >= 0; i--) {
    to[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function readVersion(from: Bytes, at: number): Height {
  let version = 0;
  for (let i = 0; i < 6; i++) version = version * 256 + from[at + i]!;
  return version;
}

function lengthOf(kind: Child['kind']): number {
  return kind === 'page' ? PAGE_BYTES : LEAF_BYTES;
}

/** For a few dozen bytes a loop is faster than a view and `set`. */
function copy(from: Bytes, at: number, to: Bytes, toAt: number, length: number): void {
  for (let i = 0; i < length; i++) to[toAt + i] = from[at + i]!;
}
