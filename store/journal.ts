/**
 * The journal of consensus over any store. It only says what to write: append and prune return writes that go
 * into the one synced batch of the tick, so that nothing is sent before it is persisted. A sequence number is
 * never used twice, not even after everything was pruned. Portable: touches the world through the store alone.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, concat } from '../core/bytes.ts';
import type { Journal, JournalRecord, Store, StoreWrite } from '../core/ports.ts';
import { bigEndian, fromBigEndian } from './keyspaces.ts';

/** Below the prefix: the sequence from which on records count, and the records. */
const FLOOR = Uint8Array.of(0);
const RECORD = Uint8Array.of(1);
const PAGE_RECORDS = 1_000;
/** Records that one pruning deletes, so that no batch grows without end; the next one takes the rest. */
const PRUNED_MAX = 10_000;

/** @param prefix - the keyspace, see keyspaces.ts. `load` must be called once before anything else. */
export function openJournal(store: Store, prefix: Bytes): Journal {
  return new StoreJournal(store, prefix);
}

class StoreJournal implements Journal {
  readonly #store: Store;
  readonly #prefix: Bytes;
  #loaded = false;
  /** The oldest record that may still be in the store, though it no longer counts. */
  #oldest = 0;
  #floor = 0;
  #next = 0;

  constructor(store: Store, prefix: Bytes) {
    this.#store = store;
    this.#prefix = prefix;
  }

  async load(): Promise<readonly JournalRecord[]> {
    const floor = this.#store.get(concat(this.#prefix, FLOOR));
    this.#floor = floor === undefined ? 0 : fromBigEndian(floor);
    const all = await this.#readAll();
    this.#oldest = all[0]?.sequence ?? this.#floor;
    this.#next = Math.max(this.#floor, (all.at(-1)?.sequence ?? -1) + 1);
    this.#loaded = true;
    return all.filter((record) => record.sequence >= this.#floor);
  }

  append(records: readonly Bytes[]): readonly StoreWrite[] {
    assert(this.#loaded, 'a journal is loaded before it is written');
    return records.map((value) => ({ type: 'put', key: this.#recordKey(this.#next++), value }));
  }

  prune(sequence: number): readonly StoreWrite[] {
    assert(this.#loaded, 'a journal is loaded before it is pruned');
    assert(sequence <= this.#next, 'only what was appended can be pruned');
    if (sequence <= this.#floor && this.#oldest >= this.#floor) return [];
    this.#floor = Math.max(this.#floor, sequence);
    const writes: StoreWrite[] = [
      { type: 'put', key: concat(this.#prefix, FLOOR), value: bigEndian(this.#floor) },
    ];
    const end = Math.min(this.#floor, this.#oldest + PRUNED_MAX);
    for (; this.#oldest < end; this.#oldest++) {
      writes.push({ type: 'del', key: this.#recordKey(this.#oldest) });
    }
    return writes;
  }

  next(): number {
    assert(this.#loaded, 'a journal is loaded before it is asked');
    return this.#next;
  }

  async #readAll(): Promise<JournalRecord[]> {
    const records: JournalRecord[] = [];
    const to = concat(this.#prefix, Uint8Array.of(RECORD[0]! + 1));
    let from = concat(this.#prefix, RECORD);
    for (;;) {
      const page = await this.#store.range({ from, to, limit: PAGE_RECORDS });
      for (const [key, bytes] of page) {
        records.push({ sequence: fromBigEndian(key.subarray(this.#prefix.length + 1)), bytes });
      }
      if (page.length < PAGE_RECORDS) return records;
      from = this.#recordKey(records.at(-1)!.sequence + 1);
    }
  }

  #recordKey(sequence: number): Bytes {
    return concat(this.#prefix, RECORD, bigEndian(sequence));
  }
}
