/**
 * @pure The pages of one version of the state tree, in the order in which they travel: each before its children,
 * children by slot. Whoever reads them off (`pagesFrom`) and whoever fills an empty store with them (`TreeFill`) goes
 * the same way, so that a place in it is named by the slots that lead there, and every page is checked against the
 * hash that stands in the page above it; the first one against the state root of a final header.
 *
 *   a page on its way = bitmap of what is there (2) ‖ bitmap of what is a leaf (2) ‖ per child:
 *                       page: hash (32); leaf: key hash (32) ‖ value hash (32)
 */
import {
  type Child,
  encodePage,
  hashOf,
  hashPage,
  keyHashOf,
  leafOf,
  type Page,
  valueHashOf,
  versionOf,
  writeVersion,
} from '../../../chain/state/page.ts';
import { DEPTH_MAX, pageKey, readPage, type TreeReader } from '../../../chain/state/tree.ts';
import { assert } from '../../../core/assert.ts';
import { type Bytes, concat, equalBytes } from '../../../core/bytes.ts';
import { HASH_BYTES, type Hash32, type Height } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';

/** Slots 0 … 15 from the root down. */
export type Path = readonly number[];

const VERSION_BYTES = 6;
const BITMAPS_BYTES = 4;

/** Every page of a version, packed, from the one at `start` on; what stands there may be another page than was. */
export function* pagesFrom(tree: TreeReader, version: Height, start: Path): Generator<Bytes> {
  const stack: { readonly page: Page; readonly path: Path; slot: number }[] = [];
  const enter = (at: Height, path: Path): Page => {
    const page = readPage(tree, pageKey(at, path.length, keyHashAt(path)));
    // On the way to the start: everything before it is left out.
    const leads = path.length < start.length && path.every((slot, depth) => slot === start[depth]);
    stack.push({ page, path, slot: leads ? start[path.length]! : 0 });
    return page;
  };
  const root = enter(version, []);
  if (start.length === 0) yield packPage(root);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (top.slot === 16) {
      stack.pop();
      continue;
    }
    const slot = top.slot++;
    const child = top.page[slot];
    if (child?.kind !== 'page') continue;
    const path = [...top.path, slot];
    const page = enter(versionOf(child), path);
    const before = path.length < start.length && path.every((passed, depth) => passed === start[depth]);
    if (!before) yield packPage(page);
  }
}

export function packPage(page: Page): Bytes {
  const head = new Uint8Array(BITMAPS_BYTES);
  const parts: Bytes[] = [head];
  let present = 0;
  let leaves = 0;
  for (const [slot, child] of page.entries()) {
    if (child === undefined) continue;
    present |= 1 << slot;
    if (child.kind === 'page') parts.push(hashOf(child));
    else {
      leaves |= 1 << slot;
      parts.push(keyHashOf(child), valueHashOf(child));
    }
  }
  head[0] = present >> 8;
  head[1] = present & 0xff;
  head[2] = leaves >> 8;
  head[3] = leaves & 0xff;
  return concat(...parts);
}

/** @param version - that its child pages will be stored under. @returns reject("codec.wrong-shape"). */
export function unpackPage(bytes: Bytes, version: Height): Verdict<Page> {
  if (bytes.length < BITMAPS_BYTES) return misshapen();
  const present = (bytes[0]! << 8) | bytes[1]!;
  const leaves = (bytes[2]! << 8) | bytes[3]!;
  if ((leaves & ~present) !== 0) return misshapen();
  const page: (Child | undefined)[] = new Array(16).fill(undefined);
  let at = BITMAPS_BYTES;
  const take = (): Hash32 => {
    at += HASH_BYTES;
    return bytes.subarray(at - HASH_BYTES, at);
  };
  for (let slot = 0; slot < 16; slot++) {
    if ((present & (1 << slot)) === 0) continue;
    const isLeaf = (leaves & (1 << slot)) !== 0;
    if (at + (isLeaf ? 2 : 1) * HASH_BYTES > bytes.length) return misshapen();
    page[slot] = isLeaf ? leafOf(take(), take()) : childPage(take(), version);
  }
  return at === bytes.length ? accept(page) : misshapen();
}

export type Filled = {
  /** Where the page is to be stored, and what. */
  readonly key: Bytes;
  readonly value: Bytes;
  readonly leaves: number;
};

/** Takes the pages of one version in their order. All are stored under this version, whenever they were written. */
export class TreeFill {
  readonly #version: Height;
  /** The pages above the one that is expected, and the slots that lead to it. */
  readonly #above: { readonly page: Page; slot: number }[] = [];
  #expected: Hash32 | undefined;

  /** @param path - where to go on: `path` of a fill whose pages are in `stored`. */
  constructor(root: Hash32, version: Height, path: Path, stored: TreeReader) {
    this.#version = version;
    this.#expected = root;
    for (const [depth, slot] of path.entries()) {
      const page = readPage(stored, pageKey(version, depth, keyHashAt(path)));
      this.#above.push({ page, slot });
      const child = page[slot];
      assert(child?.kind === 'page', 'a path leads over pages');
      this.#expected = hashOf(child);
    }
  }

  /** Of the page that is expected. */
  get path(): Path {
    return this.#above.map(({ slot }) => slot);
  }

  get done(): boolean {
    return this.#expected === undefined;
  }

  /** The next page. @returns reject("snapshot.wrong" | "codec.wrong-shape"): not the page that the root commits to. */
  take(packed: Bytes): Verdict<Filled> {
    if (this.#expected === undefined) return reject('snapshot.wrong', 'more pages than the tree has');
    const unpacked = unpackPage(packed, this.#version);
    if (unpacked.kind !== 'accept') return unpacked;
    const page = unpacked.value;
    if (!equalBytes(hashPage(page), this.#expected)) return reject('snapshot.wrong', 'another page');
    const { path } = this;
    // A path of 64 slots is a whole key hash: below it there is nothing to tell apart.
    if (path.length >= DEPTH_MAX) return reject('snapshot.wrong', 'too deep');
    const leaves = page.filter((child) => child?.kind === 'leaf').length;
    const key = pageKey(this.#version, path.length, keyHashAt(path));
    this.#above.push({ page, slot: -1 });
    this.#advance();
    return accept({ key, value: encodePage(page), leaves });
  }

  #advance(): void {
    for (let top = this.#above.at(-1); top !== undefined; top = this.#above.at(-1)) {
      const { page } = top;
      top.slot += 1;
      while (top.slot < 16 && page[top.slot]?.kind !== 'page') top.slot += 1;
      if (top.slot < 16) {
        this.#expected = hashOf(page[top.slot]!);
        return;
      }
      this.#above.pop();
    }
    this.#expected = undefined;
  }
}

function childPage(hash: Hash32, version: Height): Child {
  const bytes = new Uint8Array(HASH_BYTES + VERSION_BYTES);
  bytes.set(hash);
  writeVersion(version, bytes, HASH_BYTES);
  return { kind: 'page', bytes, at: 0 };
}

/** A key hash that begins with these digits. */
function keyHashAt(path: Path): Hash32 {
  const keyHash = new Uint8Array(HASH_BYTES);
  for (const [depth, slot] of path.entries()) keyHash[depth >> 1]! |= depth % 2 === 0 ? slot << 4 : slot;
  return keyHash;
}

function misshapen(): Verdict<never> {
  return reject('codec.wrong-shape', 'not a page');
}
