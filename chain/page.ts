/**
 * A page of the state tree: sixteen slots, each empty, a leaf, or a page further down. Its stored form is read
 * only by this program; its hash is the protocol (chain/tree.ts).
 *
 *   stored = bitmap of what is there (2) ‖ bitmap of what is a leaf (2) ‖ per child:
 *            page: hash (32) ‖ version (6); leaf: hash (32) ‖ key hash (32) ‖ value hash (32)
 */
import { assert } from '../core/assert.ts';
import type { Bytes } from '../core/bytes.ts';
import { LEAF, NODE, sha256 } from '../core/hash.ts';
import type { Hash32, Height } from '../core/scalars.ts';

export type Child =
  | { readonly kind: 'page'; readonly hash: Hash32; readonly version: Height }
  | { readonly kind: 'leaf'; readonly hash: Hash32; readonly keyHash: Hash32; readonly valueHash: Hash32 };
/** Sixteen slots. */
export type Page = readonly (Child | undefined)[];

const PAGE_BYTES = 38;
const LEAF_BYTES = 96;

/** @param keyHash - SHA-256 of the key. @param valueHash - SHA-256 of the value. */
export function hashLeaf(keyHash: Hash32, valueHash: Hash32): Hash32 {
  const input = new Uint8Array(65);
  input[0] = LEAF[0]!;
  input.set(keyHash, 1);
  input.set(valueHash, 33);
  return sha256(input);
}

/** The hash of the sixteen slots. */
export function hashPage(children: readonly ({ readonly hash: Hash32 } | undefined)[]): Hash32 {
  const input = new Uint8Array(3 + 16 * 32);
  let bitmap = 0;
  let end = 3;
  for (let slot = 0; slot < 16; slot++) {
    const child = children[slot];
    if (child === undefined) continue;
    bitmap |= 1 << slot;
    input.set(child.hash, end);
    end += 32;
  }
  input[0] = NODE[0]!;
  input[1] = bitmap >> 8;
  input[2] = bitmap & 0xff;
  return sha256(input.subarray(0, end));
}

export function encodePage(children: Page): Bytes {
  let length = 4;
  for (const child of children) {
    if (child !== undefined) length += child.kind === 'page' ? PAGE_BYTES : LEAF_BYTES;
  }
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let present = 0;
  let leaves = 0;
  let at = 4;
  for (let slot = 0; slot < 16; slot++) {
    const child = children[slot];
    if (child === undefined) continue;
    present |= 1 << slot;
    bytes.set(child.hash, at);
    if (child.kind === 'page') {
      view.setUint16(at + 32, Math.floor(child.version / 2 ** 32));
      view.setUint32(at + 34, child.version % 2 ** 32);
      at += PAGE_BYTES;
    } else {
      leaves |= 1 << slot;
      bytes.set(child.keyHash, at + 32);
      bytes.set(child.valueHash, at + 64);
      at += LEAF_BYTES;
    }
  }
  view.setUint16(0, present);
  view.setUint16(2, leaves);
  return bytes;
}

/** @param bytes - what `encodePage` made. @throws AssertionFailed when the store has damaged it. */
export function decodePage(bytes: Bytes): Page {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const present = view.getUint16(0);
  const leaves = view.getUint16(2);
  const children: (Child | undefined)[] = new Array(16).fill(undefined);
  let at = 4;
  for (let slot = 0; slot < 16; slot++) {
    if ((present & (1 << slot)) === 0) continue;
    const hash = bytes.subarray(at, at + 32);
    if ((leaves & (1 << slot)) === 0) {
      const version = view.getUint16(at + 32) * 2 ** 32 + view.getUint32(at + 34);
      children[slot] = { kind: 'page', hash, version };
      at += PAGE_BYTES;
    } else {
      const keyHash = bytes.subarray(at + 32, at + 64);
      children[slot] = { kind: 'leaf', hash, keyHash, valueHash: bytes.subarray(at + 64, at + LEAF_BYTES) };
      at += LEAF_BYTES;
    }
  }
  assert(at === bytes.length, 'a stored page is whole');
  return children;
}
