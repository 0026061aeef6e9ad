/**
 * Proofs against the state root of a header: that an entry has a value, or that there is none. Whoever has a header
 * and its finalisation needs nothing else. The proof holds, from the root down, each page's bitmap and the hashes of
 * the slots beside the path; the path itself is the hash of the key, so that nothing in it can point elsewhere.
 */
import { assert } from '../../core/assert.ts';
import { type Bytes, concat, equalBytes, isBytes } from '../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import { HASH_BYTES, type Hash32, type Height, parseCount } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import {
  type Child,
  hashLeaf,
  hashOf,
  hashPage,
  hashValue,
  keyHashOf,
  valueHashOf,
  versionOf,
} from './page.ts';
import type { StateView } from './state.ts';
import { DEPTH_MAX, nibble, pageKey, readPage, type TreeReader } from './tree.ts';

export type Proof = {
  /** Root first, 1 … 64. */
  readonly pages: readonly ProofPage[];
  /** The value of the key, or undefined: there is none. */
  readonly value: Bytes | undefined;
  /** When there is none: the leaf that stands where the key's would, or undefined: the slot is empty. */
  readonly other: OtherLeaf | undefined;
};
export type ProofPage = {
  /** Which of the sixteen slots are there, bit 0 = slot 0. */
  readonly bitmap: number;
  /** Their hashes but the one on the path, in order of slots, 32 bytes each. */
  readonly siblings: Bytes;
};
export type OtherLeaf = { readonly keyHash: Hash32; readonly valueHash: Hash32 };

/** A state of which something can be proved. */
export type Provable = {
  readonly header: { readonly height: Height };
  readonly view: StateView;
  readonly tree: TreeReader;
};

/** Proves what the state says about the key: its value, or that it has none. */
export function prove(state: Provable, key: Bytes): Proof {
  const keyHash = sha256(key);
  const pages: ProofPage[] = [];
  let version = state.header.height;
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    const page = readPage(state.tree, pageKey(version, depth, keyHash));
    const slot = nibble(keyHash, depth);
    pages.push(besides(page, slot));
    const child = page[slot];
    if (child?.kind === 'page') {
      version = versionOf(child);
      continue;
    }
    const value = state.view.get(key);
    if (child === undefined || !equalBytes(keyHashOf(child), keyHash)) {
      assert(value === undefined, 'what has a value has a leaf');
      return { pages, value: undefined, other: child && otherOf(child) };
    }
    assert(value !== undefined, 'what has a leaf has a value');
    return { pages, value, other: undefined };
  }
  return assert(false, 'a path ends within 64 digits') as never;
}

/**
 * What the state with this root says about `key`: a value, or undefined = there is none.
 * @param root - 32 bytes, from a header that the caller trusts. @returns reject("proof.wrong").
 */
export function verifyProof(
  root: Hash32,
  key: Bytes,
  proof: Proof,
): Verdict<{ readonly value: Bytes | undefined }> {
  const { pages, value, other } = proof;
  const keyHash = sha256(key);
  if (pages.length < 1 || pages.length > DEPTH_MAX) return wrong('no path');
  if (value !== undefined && other !== undefined) return wrong('both a value and none');
  if (other !== undefined && !standsInTheWay(other, keyHash, pages.length)) {
    return wrong('the other leaf does not stand on the path');
  }
  let hash: Hash32 | undefined;
  if (value !== undefined) hash = hashLeaf(keyHash, hashValue(key, value));
  else if (other !== undefined) hash = hashLeaf(other.keyHash, other.valueHash);
  for (let depth = pages.length - 1; depth >= 0; depth--) {
    hash = climb(pages[depth]!, nibble(keyHash, depth), hash);
    if (hash === undefined) return wrong('a page does not fit the path');
  }
  return hash !== undefined && equalBytes(hash, root) ? accept({ value }) : wrong('another root');
}

/** Canonical bytes, for the wire. */
export function encodeProof({ pages, value, other }: Proof): Bytes {
  return encode({
    pages: pages.map(({ bitmap, siblings }) => [bitmap, siblings]),
    value: value ?? null,
    other: other === undefined ? null : [other.keyHash, other.valueHash],
  });
}

/** @returns reject("codec.…"). Whether it proves anything is `verifyProof`. */
export function decodeProof(bytes: Bytes): Verdict<Proof> {
  const decoded = decode(bytes, limits.proofBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['pages', 'value', 'other'])) return misshapen();
  const { pages, value, other } = decoded.value;
  if (!Array.isArray(pages) || pages.length > DEPTH_MAX) return misshapen();
  const parsed = pages.map(parsePage);
  if (!parsed.every((page) => page !== undefined)) return misshapen();
  if (value !== null && !(value instanceof Uint8Array)) return misshapen();
  if (other !== null && !isHashPair(other)) return misshapen();
  return accept({
    pages: parsed,
    value: value ?? undefined,
    other: other === null ? undefined : { keyHash: other[0], valueHash: other[1] },
  });
}

function besides(page: readonly (Child | undefined)[], slot: number): ProofPage {
  let bitmap = 0;
  const siblings: Hash32[] = [];
  for (let i = 0; i < 16; i++) {
    const child = page[i];
    if (child === undefined) continue;
    bitmap |= 1 << i;
    if (i !== slot) siblings.push(hashOf(child));
  }
  return { bitmap, siblings: concat(...siblings) };
}

/** The hash of a page with `hash` (or nothing) in the slot. @returns undefined when the page says otherwise. */
function climb({ bitmap, siblings }: ProofPage, slot: number, hash: Hash32 | undefined): Hash32 | undefined {
  const there = (bitmap & (1 << slot)) !== 0;
  if (there !== (hash !== undefined)) return undefined;
  const children: (Pick<Child, 'bytes' | 'at'> | undefined)[] = new Array(16).fill(undefined);
  let at = 0;
  for (let i = 0; i < 16; i++) {
    if ((bitmap & (1 << i)) === 0) continue;
    if (i === slot) {
      children[i] = hash && { bytes: hash, at: 0 };
    } else {
      if (at + HASH_BYTES > siblings.length) return undefined;
      children[i] = { bytes: siblings, at };
      at += HASH_BYTES;
    }
  }
  return at === siblings.length ? hashPage(children) : undefined;
}

/** Another key whose digits are the same down to the slot: where it stands, ours cannot. */
function standsInTheWay({ keyHash, valueHash }: OtherLeaf, own: Hash32, depth: number): boolean {
  if (!isBytes(keyHash, HASH_BYTES) || !isBytes(valueHash, HASH_BYTES) || equalBytes(keyHash, own)) {
    return false;
  }
  for (let i = 0; i < depth; i++) if (nibble(keyHash, i) !== nibble(own, i)) return false;
  return true;
}

function otherOf(leaf: Child): OtherLeaf {
  return { keyHash: keyHashOf(leaf), valueHash: valueHashOf(leaf) };
}

function parsePage(value: unknown): ProofPage | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [bitmap, siblings] = value;
  const bits = parseCount(bitmap);
  if (bits === undefined || bits > 0xffff || !(siblings instanceof Uint8Array)) return undefined;
  return { bitmap: bits, siblings };
}

function isHashPair(value: unknown): value is readonly [Hash32, Hash32] {
  return Array.isArray(value) && value.length === 2 && value.every((hash) => isBytes(hash, HASH_BYTES));
}

function misshapen(): Verdict<never> {
  return reject('codec.wrong-shape', 'not a proof');
}

function wrong(reason: string): Verdict<never> {
  return reject('proof.wrong', reason);
}
