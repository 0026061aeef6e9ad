/**
 * The leaves of one version of the state tree, as a store has it: is an entry what its leaf says? Asked of many at a
 * time, as the leaves are found level by level, each page read once, and those of a level together: so the reading is
 * the store's work and not the event loop's.
 */
import { childAt, hashValue, keyHashOf, valueHashOf, versionOf } from '../../../chain/state/page.ts';
import { DEPTH_MAX, nibble, pageKey, rootVersion } from '../../../chain/state/tree.ts';
import { assert } from '../../../core/assert.ts';
import { type Bytes, compareBytes, equalBytes, toHex } from '../../../core/bytes.ts';
import { sha256 } from '../../../core/hash.ts';
import type { Store } from '../../../core/ports.ts';
import type { Hash32, Height } from '../../../core/scalars.ts';
import { type Reject, reject } from '../../../core/verdict.ts';
import { treeNodeKey } from '../../../store/keyspaces.ts';
import type { Entry } from './protocol.ts';

/** Down to here pages stay at hand, as they are on the way to every key: 4,369 at most, a few MB. */
const UPPER_DEPTH = 3;

/** More pages would outlive the collector's first look at them: a million entries then take a tenth longer. */
const AT_ONCE = 500;

/** Those of the key hashes that lead over one page: from … to, without the last. */
type Group = { readonly version: Height; readonly from: number; readonly to: number };

export class Leaves {
  readonly #store: Pick<Store, 'get' | 'getMany'>;
  readonly #version: Height;
  /** As they are stored, by their keys. */
  readonly #upper = new Map<string, Bytes>();

  /** @throws AssertionFailed when the store does not hold this version. */
  constructor(store: Pick<Store, 'get' | 'getMany'>, version: Height) {
    this.#store = store;
    this.#version = rootVersion({ node: (key) => store.get(treeNodeKey(key)) }, version);
  }

  /** @param entries - no key twice. @returns reject("snapshot.wrong"): the tree does not have one of them. */
  async check(entries: readonly Entry[]): Promise<Reject | undefined> {
    const sought = entries.map(([key, value]) => ({ keyHash: sha256(key), key, value }));
    sought.sort((a, b) => compareBytes(a.keyHash, b.keyHash));
    for (let from = 0; from < sought.length; from += AT_ONCE) {
      const some = sought.slice(from, from + AT_ONCE);
      const found = await this.#valueHashes(some.map(({ keyHash }) => keyHash));
      for (const [i, { key, value }] of some.entries()) {
        const valueHash = found[i];
        if (valueHash === undefined) return reject('snapshot.wrong', 'an entry that the tree does not have');
        if (!equalBytes(hashValue(key, value), valueHash)) return reject('snapshot.wrong', 'another value');
      }
    }
    return undefined;
  }

  /** @param keyHashes - in order. @returns for each the hash of the value, or undefined: there is no such leaf. */
  async #valueHashes(keyHashes: readonly Hash32[]): Promise<readonly (Hash32 | undefined)[]> {
    const found: (Hash32 | undefined)[] = new Array(keyHashes.length).fill(undefined);
    const all = { version: this.#version, from: 0, to: keyHashes.length };
    let groups: readonly Group[] = keyHashes.length === 0 ? [] : [all];
    for (let depth = 0; groups.length > 0 && depth < DEPTH_MAX; depth++) {
      const pages = await this.#pages(groups, keyHashes, depth);
      const below: Group[] = [];
      for (const [i, group] of groups.entries()) {
        for (let { from } = group, to = from; from < group.to; from = to) {
          to = endOfSlot(keyHashes, from, group.to, depth);
          const child = childAt(pages[i]!, nibble(keyHashes[from]!, depth));
          if (child?.kind === 'page') below.push({ version: versionOf(child), from, to });
          if (child?.kind !== 'leaf') continue;
          for (let at = from; at < to; at++) {
            if (equalBytes(keyHashOf(child), keyHashes[at]!)) found[at] = valueHashOf(child);
          }
        }
      }
      groups = below;
    }
    return found;
  }

  /** The page of each group at this depth. */
  async #pages(
    groups: readonly Group[],
    keyHashes: readonly Hash32[],
    depth: number,
  ): Promise<readonly Bytes[]> {
    const keys = groups.map(({ version, from }) => pageKey(version, depth, keyHashes[from]!));
    if (depth > UPPER_DEPTH) return this.#stored(keys);
    const names = keys.map(toHex);
    const missing = keys.filter((_, i) => !this.#upper.has(names[i]!));
    const read = await this.#stored(missing);
    for (const [i, key] of missing.entries()) this.#upper.set(toHex(key), read[i]!);
    return names.map((name) => this.#upper.get(name)!);
  }

  async #stored(keys: readonly Bytes[]): Promise<readonly Bytes[]> {
    const pages = await this.#store.getMany(keys.map(treeNodeKey));
    return pages.map((page) => {
      assert(page !== undefined, 'every page of a version that is in use is stored');
      return page;
    });
  }
}

/** The first behind `from` that takes another slot than `from` does at this depth, or `end`. */
function endOfSlot(keyHashes: readonly Hash32[], from: number, end: number, depth: number): number {
  const slot = nibble(keyHashes[from]!, depth);
  let to = from + 1;
  while (to < end && nibble(keyHashes[to]!, depth) === slot) to += 1;
  return to;
}
