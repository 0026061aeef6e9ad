/**
 * The versioned sparse Merkle tree that commits to the state. Radix 16, compact: a leaf stands at the shallowest
 * prefix that no other leaf shares. A page (inner node) is stored under (version, path) and never changes; a block
 * writes new pages for what it touched and lists the pages that its version no longer needs (the idea of the Jellyfish
 * Merkle Tree, Gao, Hu and Wu 2021). Every version writes at (height, empty path): its root page, or, when the block
 * changed nothing, six bytes that say which version wrote the root.
 *
 *   leaf hash = SHA-256(0x00 ‖ SHA-256(key) ‖ SHA-256(key ‖ value))
 *   page hash = SHA-256(0x01 ‖ bitmap of 16 slots, big-endian ‖ hashes of the children that are there, in order)
 *
 * The key stands in the hash of the value too: a proof shows both hashes of a leaf that stands beside its path, and what
 * lies under a key that nobody can guess must not be guessed by its value either (docs/decisions/salts.md).
 *
 * A page hashes all its children in one go: a fourth of the hashing of a binary tree and a fourth of its records,
 * for proofs of 2 instead of 0.7 KiB.
 */
import { assert } from '../../core/assert.ts';
import { type Bytes, compareBytes } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, Height } from '../../core/scalars.ts';
import { finish, type Steps } from '../../core/steps.ts';
import {
  type Child,
  decodePage,
  encodePage,
  encodePointer,
  hashOf,
  hashPage,
  hashValue,
  keyHashOf,
  leafOf,
  pageOf,
  pointedTo,
  versionOf,
  writeVersion,
} from './page.ts';
import type { StateWrite } from './state.ts';

export type TreeReader = {
  /** A stored page by its key. */
  node(key: Bytes): Bytes | undefined;
};

export type TreeWrites = {
  /** New pages: key and bytes. */
  readonly put: readonly (readonly [Bytes, Bytes])[];
  /** Keys of pages that the new version no longer needs: to be deleted once no older version is wanted. */
  readonly stale: readonly Bytes[];
};

export type Updated = { readonly root: Hash32; readonly writes: TreeWrites };

/** Hex digits of a key hash. */
export const DEPTH_MAX = 64;

/** The `depth`-th hex digit of a key hash. */
export function nibble(keyHash: Hash32, depth: number): number {
  const byte = keyHash[depth >> 1]!;
  return depth % 2 === 0 ? byte >> 4 : byte & 0x0f;
}

/** Where the page at the first `depth` digits of `keyHash` lies: version in 6 bytes, depth in 1, the digits. */
export function pageKey(version: Height, depth: number, keyHash: Hash32): Bytes {
  const length = (depth + 1) >> 1;
  const key = new Uint8Array(7 + length);
  writeVersion(version, key, 0);
  key[6] = depth;
  for (let i = 0; i < length; i++) key[7 + i] = keyHash[i]!;
  if (depth % 2 === 1) key[6 + length]! &= 0xf0;
  return key;
}

/** The sixteen slots under a page key. @throws AssertionFailed when the store has lost them. */
export function readPage(reader: TreeReader, key: Bytes): (Child | undefined)[] {
  const bytes = stored(reader, key);
  const version = pointedTo(bytes);
  return decodePage(version === undefined ? bytes : stored(reader, pageKey(version, 0, NO_PATH)));
}

/** The version that wrote the root of this one: an earlier one when it changed nothing. @throws as `readPage`. */
export function rootVersion(reader: TreeReader, version: Height): Height {
  return pointedTo(stored(reader, pageKey(version, 0, NO_PATH))) ?? version;
}

/**
 * The next version of the tree. @param reader - finds the pages of version − 1.
 * @param version - height of the block; 0 starts from nothing. @param writes - any order, no key twice.
 */
export function updateTree(reader: TreeReader, version: Height, writes: readonly StateWrite[]): Updated {
  return finish(updateTreeInSteps(reader, version, writes));
}

/** As `updateTree`. */
export function* updateTreeInSteps(
  reader: TreeReader,
  version: Height,
  writes: readonly StateWrite[],
): Steps<Updated> {
  if (writes.length === 0 && version > 0) return keepTree(reader, version);
  const changes: Change[] = [];
  for (const write of writes) {
    changes.push(changeOf(write));
    if (changes.length % CHANGES_A_STEP === 0) yield;
  }
  const update = new Update(reader, version, changes);
  const root = yield* update.root(version === 0 ? undefined : version - 1);
  assert(root?.kind === 'page', 'the root is a page');
  return { root: hashOf(root), writes: { put: update.put, stale: update.stale } };
}

/** A version that changes nothing: the root stands where it stood. */
function keepTree(reader: TreeReader, version: Height): Updated {
  const before = pageKey(version - 1, 0, NO_PATH);
  const written = pointedTo(stored(reader, before));
  const put = [[pageKey(version, 0, NO_PATH), encodePointer(written ?? version - 1)]] as const;
  return {
    root: hashPage(readPage(reader, before)),
    writes: { put, stale: written === undefined ? [] : [before] },
  };
}

type Leaf = { readonly keyHash: Hash32; readonly child: Child };
type Change = { readonly keyHash: Hash32; readonly child: Child | undefined };

/** One pass over the tree: the changes, sorted by key hash, go down together and meet each page once. */
class Update {
  readonly put: (readonly [Bytes, Bytes])[] = [];
  readonly stale: Bytes[] = [];
  readonly #reader: TreeReader;
  readonly #version: Height;
  readonly #changes: readonly Change[];

  constructor(reader: TreeReader, version: Height, changes: readonly Change[]) {
    this.#reader = reader;
    this.#version = version;
    this.#changes = changes.toSorted((a, b) => compareBytes(a.keyHash, b.keyHash));
  }

  /** The page at the top, some of the changes in each step. */
  *root(old: Height | undefined): Steps<Child | undefined> {
    const children = this.#open(old, 0, this.#changes[0]?.keyHash ?? NO_PATH);
    yield* this.#changeInSteps(children, 0, 0, this.#changes.length);
    return this.#finish(children, 0, NO_PATH);
  }

  /** Slot by slot, and page by page where many fall into one slot: whoever makes the keys may choose where they lie. */
  *#changeInSteps(children: (Child | undefined)[], depth: number, from: number, to: number): Steps<void> {
    const parts: (readonly [slot: number, first: number, end: number])[] = [];
    this.#slots(depth, from, to, (...part) => parts.push(part));
    let done = from;
    for (const [slot, first, end] of parts) {
      const child = children[slot];
      children[slot] =
        child?.kind === 'page' && end - first > CHANGES_A_STEP
          ? yield* this.#pageInSteps(versionOf(child), depth + 1, first, end)
          : this.#child(child, depth + 1, first, end);
      if (end - done < CHANGES_A_STEP) continue;
      done = end;
      yield;
    }
  }

  /** As `#page`. */
  *#pageInSteps(old: Height, depth: number, from: number, to: number): Steps<Child | undefined> {
    const { keyHash } = this.#changes[from]!;
    const children = this.#open(old, depth, keyHash);
    yield* this.#changeInSteps(children, depth, from, to);
    return this.#finish(children, depth, keyHash);
  }

  /** The page at the common prefix of changes [from, to), first written in version `old`. */
  #page(old: Height, depth: number, from: number, to: number): Child | undefined {
    const { keyHash } = this.#changes[from]!;
    const children = this.#open(old, depth, keyHash);
    this.#slots(depth, from, to, (slot, first, end) => {
      children[slot] = this.#child(children[slot], depth + 1, first, end);
    });
    return this.#finish(children, depth, keyHash);
  }

  /** What stood there, which is stale now. */
  #open(old: Height | undefined, depth: number, keyHash: Hash32): (Child | undefined)[] {
    if (old === undefined) return emptyPage();
    let key = pageKey(old, depth, keyHash);
    const written = depth === 0 ? pointedTo(stored(this.#reader, key)) : undefined;
    if (written !== undefined) {
      this.stale.push(key);
      key = pageKey(written, 0, NO_PATH);
    }
    this.stale.push(key);
    return readPage(this.#reader, key);
  }

  #child(child: Child | undefined, depth: number, from: number, to: number): Child | undefined {
    if (child?.kind === 'page') return this.#page(versionOf(child), depth, from, to);
    const leaves: Leaf[] = [];
    let standing = child && { keyHash: keyHashOf(child), child };
    for (let i = from; i < to; i++) {
      const { keyHash, child: changed } = this.#changes[i]!;
      if (standing !== undefined) {
        const order = compareBytes(standing.keyHash, keyHash);
        if (order < 0) leaves.push(standing);
        if (order <= 0) standing = undefined;
      }
      if (changed !== undefined) leaves.push({ keyHash, child: changed });
    }
    if (standing !== undefined) leaves.push(standing);
    return this.#grow(leaves, depth, 0, leaves.length);
  }

  /** A new subtree of sorted leaves [from, to). */
  #grow(leaves: readonly Leaf[], depth: number, from: number, to: number): Child | undefined {
    if (to - from <= 1) return leaves[from]?.child;
    const children = emptyPage();
    for (let first = from; first < to; ) {
      const slot = nibble(leaves[first]!.keyHash, depth);
      let end = first + 1;
      while (end < to && nibble(leaves[end]!.keyHash, depth) === slot) end++;
      children[slot] = this.#grow(leaves, depth + 1, first, end);
      first = end;
    }
    return this.#finish(children, depth, leaves[from]!.keyHash);
  }

  #finish(children: readonly (Child | undefined)[], depth: number, keyHash: Hash32): Child | undefined {
    const present = children.filter((child) => child !== undefined);
    // Compact: a page below the root holds at least two leaves.
    if (depth > 0 && present.length === 0) return undefined;
    if (depth > 0 && present.length === 1 && present[0]!.kind === 'leaf') return present[0];
    this.put.push([pageKey(this.#version, depth, keyHash), encodePage(children)]);
    return pageOf(children, this.#version);
  }

  #slots(
    depth: number,
    from: number,
    to: number,
    each: (slot: number, first: number, end: number) => void,
  ): void {
    for (let first = from; first < to; ) {
      const slot = nibble(this.#changes[first]!.keyHash, depth);
      let end = first + 1;
      while (end < to && nibble(this.#changes[end]!.keyHash, depth) === slot) end++;
      each(slot, first, end);
      first = end;
    }
  }
}

/** After so many others may have a turn: some tenths of a millisecond. */
const CHANGES_A_STEP = 32;
const NO_PATH: Hash32 = new Uint8Array(32);

function stored(reader: TreeReader, key: Bytes): Bytes {
  const bytes = reader.node(key);
  assert(bytes !== undefined, 'every page of a version that is in use is stored');
  return bytes;
}

const emptyPage = (): (Child | undefined)[] => new Array(16).fill(undefined);

function changeOf({ key, value }: StateWrite): Change {
  const keyHash = sha256(key);
  return { keyHash, child: value && leafOf(keyHash, hashValue(key, value)) };
}
