/**
 * Lets go of the blocks that are older than the operator wants to keep, and of what they did, and sees to it that the
 * disk gets smaller: a deleted entry takes room until its part of the database is compacted. Old versions of the state are deleted with
 * each commit (block-store.ts); here they are compacted. Genesis, the seals and the head stay. Never in the way of
 * the engine: deletions are batches of their own, and a crash between them costs nothing.
 */
import { assert } from '../../core/assert.ts';
import type { DeepStore, Log, Startable, StoreWrite } from '../../core/ports.ts';
import type { Height } from '../../core/scalars.ts';
import * as keys from '../../store/keyspaces.ts';
import type { Ledger } from './ledger.ts';

type Ports = {
  readonly store: DeepStore;
  readonly ledger: Ledger;
  readonly log: Log;
  failed(error: unknown): void;
};
export type PruneOptions = {
  /** Blocks; undefined: all of them. */
  readonly blocksKept: number | undefined;
  /** Blocks that are deleted in one write. */
  readonly blocksPerBatch?: number;
  /** Blocks that are deleted before their part of the disk is compacted: each time all kept ones are rewritten. */
  readonly blocksPerCompaction?: number;
  /** The same for pages of the state tree. */
  readonly pagesPerCompaction?: number;
};

const COMPACTED = keys.metaKey('compacted-base');
/** Blocks of one batch; fewer are not worth one. */
const BATCH = 128;
/** 250 MB of pages. */
const PAGES_PER_COMPACTION = 500_000;
const BLOCKS_PER_COMPACTION_MIN = 1_024;

export class Pruner implements Startable {
  readonly #ports: Ports;
  readonly #blocksKept: number;
  readonly #blocksPerBatch: number;
  readonly #blocksPerCompaction: number;
  readonly #pagesPerCompaction: number;
  #running: Promise<void> | undefined;
  #started = false;
  #deletedPages = 0;

  constructor(ports: Ports, options: PruneOptions) {
    const { blocksKept = Number.POSITIVE_INFINITY } = options;
    assert(blocksKept >= 1, 'the head is kept');
    this.#ports = ports;
    this.#blocksKept = blocksKept;
    this.#blocksPerBatch = options.blocksPerBatch ?? BATCH;
    this.#blocksPerCompaction =
      options.blocksPerCompaction ?? Math.max(BLOCKS_PER_COMPACTION_MIN, blocksKept / 4);
    this.#pagesPerCompaction = options.pagesPerCompaction ?? PAGES_PER_COMPACTION;
    ports.ledger.onCommit(({ tree }) => {
      this.#deletedPages += tree.stale.length;
      this.#poke();
    });
  }

  async start(): Promise<void> {
    this.#started = true;
    this.#poke();
  }

  async stop(): Promise<void> {
    this.#started = false;
    await this.#running;
  }

  #poke(): void {
    if (!this.#started || this.#running !== undefined || !this.#hasWork()) return;
    this.#running = this.#run()
      .catch(this.#ports.failed)
      .finally(() => {
        this.#running = undefined;
      });
  }

  #hasWork(): boolean {
    return this.#due() >= this.#blocksPerBatch || this.#deletedPages >= this.#pagesPerCompaction;
  }

  /** How many blocks are older than wanted. */
  #due(): number {
    const { ledger } = this.#ports;
    return ledger.head().header.height - this.#blocksKept - ledger.blocks.base() + 1;
  }

  async #run(): Promise<void> {
    const { store, log } = this.#ports;
    while (this.#started && this.#due() >= this.#blocksPerBatch) {
      await this.#deleteBlocks();
      const base = this.#ports.ledger.blocks.base();
      if (base - this.#compactedBase() < this.#blocksPerCompaction) continue;
      await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.block)));
      await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.height)));
      await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.events)));
      await store.write([{ type: 'put', key: COMPACTED, value: keys.bigEndian(base) }], { sync: false });
      log.info('old blocks pruned', { base });
    }
    if (!this.#started || this.#deletedPages < this.#pagesPerCompaction) return;
    this.#deletedPages = 0;
    await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.treeNode)));
    await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.staleNodes)));
  }

  async #deleteBlocks(): Promise<void> {
    const { store, ledger } = this.#ports;
    const from: Height = ledger.blocks.base();
    const to = from + this.#blocksPerBatch;
    const writes: StoreWrite[] = [{ type: 'put', key: keys.metaKey('base'), value: keys.bigEndian(to) }];
    for (let height = from; height < to; height++) {
      const row = ledger.blocks.at(height);
      if (row !== undefined) writes.push({ type: 'del', key: keys.blockKey(row.hash) });
      writes.push({ type: 'del', key: keys.heightKey(height) });
      writes.push({ type: 'del', key: keys.eventsKey(height) });
    }
    await store.write(writes, { sync: false });
  }

  /** Where the blocks began when their part of the disk was last compacted: a restart does not forget it. */
  #compactedBase(): Height {
    const base = this.#ports.store.get(COMPACTED);
    return base === undefined ? 1 : keys.fromBigEndian(base);
  }
}
