/**
 * Lets go of the blocks that are older than the operator wants to keep, and of what they did, and sees to it that the
 * disk gets smaller: a deleted entry takes room until its part of the database is compacted. Old versions of the state are deleted with
 * each commit (block-store.ts); here they are compacted. Genesis, the seals and the head stay. Never in the way of
 * the engine: deletions are batches of their own, and a crash between them costs nothing.
 */

import { decodeOwnBlock } from '../../chain/block/block.ts';
import { transactionId } from '../../chain/transaction/transaction.ts';
import { assert } from '../../core/assert.ts';
import { limits } from '../../core/limits.ts';
import type { DeepStore, Log, Startable, StoreWrite } from '../../core/ports.ts';
import type { Height } from '../../core/scalars.ts';
import * as keys from '../../store/keyspaces.ts';
import type { Yield } from '../process/yield.ts';
import type { Ledger } from './ledger.ts';

type Ports = {
  readonly store: DeepStore;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly yieldToLoop: Yield;
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
  /** So far back transactions are found by their ids. */
  readonly transactionBlocks?: number;
};

/** The first block whose transactions may stand in the index. */
const INDEXED = keys.metaKey('transactions-base');
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
  readonly #transactionBlocks: number;
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
    this.#transactionBlocks = options.transactionBlocks ?? limits.transactionBlocksMax;
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
    return (
      this.#due() >= this.#blocksPerBatch ||
      this.#pastIndex() - this.#indexed() >= this.#blocksPerBatch ||
      this.#deletedPages >= this.#pagesPerCompaction
    );
  }

  /** How many blocks are older than wanted. None before the history of keys has been built of them. */
  #due(): number {
    const { ledger } = this.#ports;
    if (!ledger.blocks.history.isWhole) return 0;
    return ledger.head().header.height - this.#blocksKept - ledger.blocks.base() + 1;
  }

  async #run(): Promise<void> {
    const { store, log } = this.#ports;
    while (this.#started && this.#pastIndex() - this.#indexed() >= this.#blocksPerBatch) {
      await this.#shortenIndex();
    }
    while (this.#started && this.#due() >= this.#blocksPerBatch) {
      await this.#deleteBlocks();
      const base = this.#ports.ledger.blocks.base();
      if (base - this.#compactedBase() < this.#blocksPerCompaction) continue;
      await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.block)));
      await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.height)));
      await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.events)));
      await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.history)));
      await store.write([{ type: 'put', key: COMPACTED, value: keys.bigEndian(base) }], { sync: false });
      log.info('old blocks pruned', { base });
    }
    if (!this.#started || this.#deletedPages < this.#pagesPerCompaction) return;
    this.#deletedPages = 0;
    await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.treeNode)));
    await store.compact(keys.prefixRange(Uint8Array.of(keys.KEYSPACES.staleNodes)));
  }

  async #deleteBlocks(): Promise<void> {
    const { store, ledger, yieldToLoop } = this.#ports;
    const from: Height = ledger.blocks.base();
    const to = from + this.#blocksPerBatch;
    const writes = await this.#forgetTransactions(Math.max(from, this.#indexed()), to);
    writes.push({ type: 'put', key: keys.metaKey('base'), value: keys.bigEndian(to) });
    for (let height = from; height < to; height++) {
      await yieldToLoop();
      const row = ledger.blocks.at(height);
      if (row !== undefined) writes.push({ type: 'del', key: keys.blockKey(row.hash) });
      writes.push({ type: 'del', key: keys.heightKey(height) });
      writes.push(...ledger.blocks.forgetEvents(height));
    }
    await store.write(writes, { sync: false });
  }

  /** Those of these blocks are not found by their ids any more. */
  async #forgetTransactions(from: Height, to: Height): Promise<StoreWrite[]> {
    const { ledger, yieldToLoop } = this.#ports;
    const writes: StoreWrite[] = [];
    for (let height = from; height < to; height++) {
      const row = ledger.blocks.at(height);
      const bytes = row && ledger.blocks.bodyBytes(row.hash);
      const block = bytes && decodeOwnBlock(bytes);
      for (const one of block?.kind === 'accept' ? block.value.transactions : []) {
        await yieldToLoop();
        writes.push({ type: 'del', key: keys.transactionKey(transactionId(one)) });
      }
    }
    return writes;
  }

  async #shortenIndex(): Promise<void> {
    const from = this.#indexed();
    const to = from + this.#blocksPerBatch;
    const writes = await this.#forgetTransactions(from, to);
    const value = keys.bigEndian(to);
    await this.#ports.store.write([...writes, { type: 'put', key: INDEXED, value }], { sync: false });
  }

  #indexed(): Height {
    const indexed = this.#ports.store.get(INDEXED);
    return Math.max(
      indexed === undefined ? 1 : keys.fromBigEndian(indexed),
      this.#ports.ledger.blocks.base(),
    );
  }

  /** The first block that is near enough for the index. */
  #pastIndex(): Height {
    return this.#ports.ledger.head().header.height - this.#transactionBlocks + 1;
  }

  /** Where the blocks began when their part of the disk was last compacted: a restart does not forget it. */
  #compactedBase(): Height {
    const base = this.#ports.store.get(COMPACTED);
    return base === undefined ? 1 : keys.fromBigEndian(base);
  }
}
