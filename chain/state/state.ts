/**
 * The ledger's state as rules see it: a map of bytes, and a draft over it that collects what one block changes.
 * It is never iterated by a rule; which keys there are is chain/state/keys.ts.
 */
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';

export type StateView = {
  /** @returns undefined when there is no such entry. The bytes must not be changed. */
  get(key: Bytes): Bytes | undefined;
};

/** One change: a new value, or undefined = the entry goes. */
export type StateWrite = { readonly key: Bytes; readonly value: Bytes | undefined };

type Entry = { readonly key: Bytes; readonly before: Bytes | undefined; value: Bytes | undefined };

/** A view with changes on top. It also remembers what it has read. */
export class Draft implements StateView {
  readonly #base: StateView;
  readonly #entries = new Map<string, Entry>();

  constructor(base: StateView) {
    this.#base = base;
  }

  get(key: Bytes): Bytes | undefined {
    return this.#entry(key).value;
  }

  put(key: Bytes, value: Bytes): void {
    this.#entry(key).value = value;
  }

  delete(key: Bytes): void {
    this.#entry(key).value = undefined;
  }

  /** What differs from the base, sorted by key. Writing a value equal to the old is not a write. */
  writes(): readonly StateWrite[] {
    const changed: [string, StateWrite][] = [];
    for (const [hex, { key, before, value }] of this.#entries) {
      if (!same(before, value)) changed.push([hex, { key, value }]);
    }
    // Lower-case hex sorts as the bytes do.
    return changed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, write]) => write);
  }

  #entry(key: Bytes): Entry {
    const hex = toHex(key);
    let entry = this.#entries.get(hex);
    if (entry === undefined) {
      const before = this.#base.get(key);
      entry = { key, before, value: before };
      this.#entries.set(hex, entry);
    }
    return entry;
  }
}

function same(a: Bytes | undefined, b: Bytes | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalBytes(a, b));
}

/** A number of an entry, as the decoder gives it: a bigint beyond 2^53−1. */
export type Integer = number | bigint;
