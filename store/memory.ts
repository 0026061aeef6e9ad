/**
 * The store in memory, for tests and the simulator: held to the same contract as the one on disk, and able to
 * fail as a disk does. A crash loses a suffix of the writes that were not synced, never half a batch: LevelDB
 * appends batches to one log, and a synced batch carries everything before it (the documentation of
 * LevelDB, "Synchronous writes"). Without chance of its own: the caller decides when and what is lost.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, hexToBytes, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import type { DeepStore, Moment, StoreRange, StoreWrite } from '../core/ports.ts';

export type MemoryStore = DeepStore & {
  /**
   * The process dies: what was not synced is lost, but for the first `keep` of those batches. The store is
   * closed until it is started again; writes that were under way are never answered.
   */
  crash(options: { readonly keep: 'none' | number }): void;
  /** The next `count` writes fail and change nothing. */
  failNext(count: number): void;
  /** While the disk is full every write fails and changes nothing. */
  fillDisk(full: boolean): void;
  /** How many batches a crash would lose: written without sync since the last synced one, or still under way. */
  unsynced(): number;
};

export type MemoryStoreOptions = {
  /** Calls `run` when the disk has done the write; the order of calls must be kept. At once, by default. */
  readonly schedule?: (run: () => void) => void;
};

/** What takes a batch back: the values that stood there before, in the order of the batch. */
type Undo = readonly (readonly [key: string, value: Bytes | undefined])[];
type UnderWay = { readonly batch: readonly StoreWrite[]; dead: boolean };

export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  return new InMemoryStore(options);
}

class InMemoryStore implements MemoryStore {
  readonly #schedule: (run: () => void) => void;
  readonly #values = new Map<string, Bytes>();
  /** The keys in order; undefined when a key came or went since. */
  #sorted: string[] | undefined = [];
  #undo: Undo[] = [];
  #underWay: UnderWay[] = [];
  #failures = 0;
  #full = false;
  #started = false;

  constructor(options: MemoryStoreOptions) {
    this.#schedule = options.schedule ?? ((run) => run());
  }

  async start(): Promise<void> {
    this.#started = true;
  }

  async stop(): Promise<void> {
    this.#started = false;
    for (const pending of this.#underWay.splice(0)) this.#apply(pending.batch);
  }

  get(key: Bytes): Bytes | undefined {
    this.#assertOpen();
    return this.#values.get(toHex(key))?.slice();
  }

  async getMany(keys: readonly Bytes[]): Promise<readonly (Bytes | undefined)[]> {
    return keys.map((key) => this.get(key));
  }

  async range(range: StoreRange): Promise<readonly (readonly [Bytes, Bytes])[]> {
    this.#assertOpen();
    this.#sorted ??= [...this.#values.keys()].sort();
    return rows(this.#values, this.#sorted, range);
  }

  moment(): Moment {
    this.#assertOpen();
    const values = new Map(this.#values);
    const sorted = [...values.keys()].sort();
    return {
      get: (key) => values.get(toHex(key))?.slice(),
      range: async (range) => rows(values, sorted, range),
      release: async () => values.clear(),
    };
  }

  /** Deleted entries take no room here. */
  async compact(): Promise<void> {
    this.#assertOpen();
  }

  async write(batch: readonly StoreWrite[], options: { readonly sync: boolean }): Promise<void> {
    this.#assertOpen();
    if (this.#full) throw new Fault('store.failed', 'The store could not write: the disk is full.');
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw new Fault('store.failed', 'The store could not write.');
    }
    const pending: UnderWay = { batch: batch.map(copy), dead: false };
    this.#underWay.push(pending);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#schedule(() => {
      if (pending.dead) return;
      if (this.#underWay[0] === pending) this.#finish(pending, options.sync);
      resolve();
    });
    return promise;
  }

  crash(options: { readonly keep: 'none' | number }): void {
    const keep = options.keep === 'none' ? 0 : options.keep;
    assert(Number.isSafeInteger(keep) && keep >= 0, 'a crash keeps a whole number of batches');
    const applied = this.#undo.length;
    for (const undo of this.#undo.splice(keep).reverse()) this.#takeBack(undo);
    for (const [index, pending] of this.#underWay.splice(0).entries()) {
      pending.dead = true;
      if (applied + index < keep) this.#apply(pending.batch);
    }
    this.#undo = []; // what is left has reached the disk
    this.#started = false;
  }

  failNext(count: number): void {
    this.#failures = count;
  }

  fillDisk(full: boolean): void {
    this.#full = full;
  }

  unsynced(): number {
    return this.#undo.length + this.#underWay.length;
  }

  #finish(pending: UnderWay, sync: boolean): void {
    this.#underWay.shift();
    const undo = this.#apply(pending.batch);
    if (sync) this.#undo = [];
    else this.#undo.push(undo);
  }

  #apply(batch: readonly StoreWrite[]): Undo {
    const undo: (readonly [string, Bytes | undefined])[] = [];
    for (const write of batch) {
      const key = toHex(write.key);
      undo.push([key, this.#values.get(key)]);
      this.#set(key, write.type === 'put' ? write.value : undefined);
    }
    return undo;
  }

  #takeBack(undo: Undo): void {
    for (const [key, value] of [...undo].reverse()) this.#set(key, value);
  }

  #set(key: string, value: Bytes | undefined): void {
    if (value === undefined) {
      if (this.#values.delete(key)) this.#sorted = undefined;
      return;
    }
    if (!this.#values.has(key)) this.#sorted = undefined;
    this.#values.set(key, value);
  }

  #assertOpen(): void {
    if (!this.#started) throw new Fault('store.closed', 'The store is closed.');
  }
}

function copy(write: StoreWrite): StoreWrite {
  return write.type === 'put'
    ? { type: 'put', key: write.key.slice(), value: write.value.slice() }
    : { type: 'del', key: write.key.slice() };
}

function rows(
  values: ReadonlyMap<string, Bytes>,
  sorted: readonly string[],
  range: StoreRange,
): readonly (readonly [Bytes, Bytes])[] {
  const first = lowerBound(sorted, toHex(range.from));
  const end = Math.max(first, lowerBound(sorted, toHex(range.to)));
  const keys = range.reverse
    ? sorted.slice(Math.max(first, end - range.limit), end).reverse()
    : sorted.slice(first, Math.min(end, first + range.limit));
  return keys.map((key) => [hexToBytes(key), values.get(key)!.slice()] as const);
}

/** The index of the first key that is not below `wanted`. */
function lowerBound(keys: readonly string[], wanted: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
