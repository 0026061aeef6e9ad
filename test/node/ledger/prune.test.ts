import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCatalogue } from '../../../catalogue/catalogue.ts';
import { transactionId } from '../../../chain/transaction/transaction.ts';
import { verifyPurchase } from '../../../client/verify.ts';
import { toHex } from '../../../core/bytes.ts';
import type { QueueName } from '../../../core/fair-queue.ts';
import { CatalogueFeed } from '../../../node/content/catalogue-feed.ts';
import { checkState } from '../../../node/home/state-check.ts';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import { EventFeed } from '../../../node/ledger/event-feed.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { decodeRange, encodeRangeRequest } from '../../../node/ledger/messages.ts';
import { Proofs } from '../../../node/ledger/proofs.ts';
import { Pruner } from '../../../node/ledger/prune.ts';
import { serveChain } from '../../../node/ledger/server.ts';
import { RANGE_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { systemClock } from '../../../node/process/system.ts';
import { createYield } from '../../../node/process/yield.ts';
import { KEYSPACES, prefixRange } from '../../../store/keyspaces.ts';
import { openLevelStore } from '../../../store/level.ts';
import { createMemoryStore, type MemoryStore } from '../../../store/memory.ts';
import { hashOf, idOf, keyOf } from '../../chain/world.ts';
import { type Folder, makeFolder } from '../../store/folder.ts';
import { answerOf } from '../answer-of.ts';
import { eventually } from '../eventually.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { quiet } from '../replicas.ts';

/** Where all wait that ask here. */
const HERE: QueueName = ['others', 'reader'];
const BLOCKS = 400;
const KEPT = 30;

describe('pruning', () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => folder.remove());

  it('makes the disk smaller: old blocks and pages go, seals and the state stay', async () => {
    const archive = await grown(join(folder.path, 'archive'), undefined);
    const pruned = await grown(join(folder.path, 'pruned'), KEPT);
    expect(pruned.head).to.equal(archive.head);
    expect(pruned.base).to.be.within(BLOCKS - KEPT - 130, BLOCKS - KEPT + 1);
    expect(archive.base).to.equal(1);
    // 400 blocks against at most 158, and the pages of 10 versions against those of all: with the rest of both a third.
    expect(pruned.bytes).to.be.below(archive.bytes / 3);
  });

  it('range.pruned: says that blocks are too old, and goes on serving the others and from its disk', async () => {
    const store = createMemoryStore();
    await store.start();
    const chain = await finalisedChain(store, 10);
    const pruner = pruning(store, chain.ledger, 50);
    await pruner.start();
    await chain.grow(300, 1);
    await pruner.stop();
    const { ledger } = chain;
    const base = ledger.blocks.base();
    expect(base).to.be.within(100, 251);
    const protocols = serveChain(ledger);
    const range = (from: number) =>
      decodeRange(answerOf(protocols, RANGE_PROTOCOL, encodeRangeRequest({ from, count: 3 })));
    expect(range(base - 1)).to.deep.equal({ kind: 'reject', code: 'range.pruned' });
    const kept = range(base);
    expect(kept.kind === 'accept' && kept.value.length).to.equal(3);
    const again = await Ledger.open(new BlockStore(store, 10), chain.world.genesis);
    expect(toHex(again.head().hash)).to.equal(toHex(ledger.head().hash));
    expect(again.epochRoot()).to.deep.equal({ hash: again.blocks.at(0)!.hash, height: 0 });
  });

  it('survives a crash behind any of its batches, and goes on', async () => {
    const store = createMemoryStore();
    await store.start();
    const chain = await finalisedChain(store, 10);
    await chain.elect(['ann', 'bob']);
    await chain.grow(400, 1);
    const head = toHex(chain.ledger.head().hash);
    const everything = await store.range({ from: Uint8Array.of(0), to: Uint8Array.of(255), limit: 1e6 });
    const batches = 3;
    // Behind each the note of what was compacted.
    for (let kept = 0; kept <= 2 * batches; kept++) {
      const disk = createMemoryStore();
      await disk.start();
      const rows = everything.map(([key, value]) => ({ type: 'put' as const, key, value }));
      await disk.write(rows, { sync: true });
      const before = await Ledger.open(new BlockStore(disk, 10), chain.world.genesis);
      const pruner = pruning(disk, before, 5);
      await pruner.start();
      await eventually(() => before.blocks.base() > batches * 128);
      await pruner.stop();
      expect(disk.unsynced()).to.equal(2 * batches);
      disk.crash({ keep: kept });

      await disk.start();
      const ledger = await Ledger.open(new BlockStore(disk, 10), chain.world.genesis);
      expect(toHex(ledger.head().hash)).to.equal(head);
      expect(ledger.blocks.base()).to.equal(1 + Math.ceil(kept / 2) * 128);
      await isWhole(disk, ledger);
      const again = pruning(disk, ledger, 5);
      await again.start();
      await eventually(() => ledger.blocks.base() === 1 + batches * 128);
      await again.stop();
      await isWhole(disk, ledger);
    }
  });

  /** Every block from the base on, nothing below it but genesis, the whole state, and proofs that hold. */
  async function isWhole(store: MemoryStore, ledger: Ledger): Promise<void> {
    const base = ledger.blocks.base();
    for (let height = 1; height <= ledger.head().header.height; height++) {
      const row = ledger.blocks.at(height);
      const there = row !== undefined && ledger.blocks.bodyBytes(row.hash) !== undefined;
      expect(there, `block ${height}`).to.equal(height >= base);
      expect(ledger.blocks.events(height) !== undefined, `events of ${height}`).to.equal(height >= base);
    }
    expect(await ledger.blocks.oldestEvents()).to.equal(base);
    expect(ledger.blocks.at(0)).not.to.equal(undefined);
    expect((await checkState(store)).kind).to.equal('accept');
    const proofs = new Proofs({ ledger, store, clock: systemClock, yieldToLoop: createYield() });
    const [hash, key] = [hashOf('book'), keyOf('reader')];
    const proof = await proofs.purchase(hash, key, undefined, HERE);
    if (proof.kind !== 'accept') throw new Error(proof.kind);
    const question = { trust: { chainId: toHex(ledger.chainId) }, hash: toHex(hash), key: toHex(key) };
    const verdict = verifyPurchase(proof.value, question);
    expect(verdict.kind).to.equal('not-bought');
    expect(verdict).to.have.nested.property('at.height', ledger.head().header.height);
    const pruned = await proofs.inclusion(hash, base - 1, undefined, HERE);
    expect(pruned).to.include({ kind: 'reject', code: 'proof.unavailable' });
  }

  it('gives the room back although it was restarted more often than it compacts', async () => {
    const store = createMemoryStore();
    await store.start();
    const chain = await finalisedChain(store, 10);
    const pruned: unknown[] = [];
    const log = { ...quiet, info: (_: string, data?: object) => void pruned.push(data) };
    for (let run = 1; run <= 4; run++) {
      const ports = { store, ledger: chain.ledger, log, yieldToLoop: createYield(), failed };
      const pruner = new Pruner(ports, { blocksKept: 5, blocksPerCompaction: 256 });
      await pruner.start();
      await chain.grow(run === 1 ? 135 : 128, 1);
      await eventually(() => chain.ledger.blocks.base() === 1 + run * 128);
      await pruner.stop();
    }
    expect(pruned).to.deep.equal([{ base: 257 }, { base: 513 }]);
  });

  it('forgets where transactions are with their blocks, and before where only the nearest are wanted', async () => {
    for (const [blocksKept, transactionBlocks, least] of [
      [20, 1_000, 128],
      [undefined, 20, 128],
    ] as const) {
      const store = createMemoryStore();
      await store.start();
      const chain = await finalisedChain(store, 10);
      const { ledger } = chain;
      const ports = { store, ledger, log: quiet, yieldToLoop: createYield(), failed };
      const pruner = new Pruner(ports, { blocksKept, transactionBlocks });
      await pruner.start();
      await chain.grow(160, 2);
      let left = Number.POSITIVE_INFINITY;
      await eventually(() => {
        void indexed(store).then((count) => {
          left = count;
        });
        return left <= 2 * (160 - least);
      });
      await pruner.stop();
      const head = ledger.blocks.body(ledger.head().hash)!;
      const [id] = head.transactions.map(transactionId);
      expect(ledger.blocks.heightOfTransaction(id!)).to.equal(160);
      expect(await indexed(store)).to.be.at.least(2 * (blocksKept ?? transactionBlocks));
    }
  });

  it('leaves a state from which the catalogue is filled', async () => {
    const store = createMemoryStore();
    await store.start();
    const chain = await finalisedChain(store, 10);
    const { world } = chain;
    await chain.commit([world.upload('old book', 5n)]);
    await chain.commit([world.upload('bad book', 5n)]);
    await chain.commit([world.propose({ kind: 'take-down', hash: hashOf('bad book') }, 'ann')]);
    await chain.grow(10, 1);
    const parameters = { ...world.genesis.parameters, attestations: 2 };
    const two = world.propose({ kind: 'set-parameters', parameters }, 'ann');
    await chain.commit([two, ...['bob', 'cid'].map((name) => world.approve(idOf(two), name))]);
    await chain.commit([world.upload('announced book', 5n)]);
    const pruner = pruning(store, chain.ledger, 5);
    await pruner.start();
    await chain.grow(200, 1);
    await pruner.stop();
    expect(chain.ledger.blocks.base()).to.be.greaterThan(20);
    const catalogue = openCatalogue(join(folder.path, 'catalogue.sqlite'), {
      log: quiet,
      clock: systemClock,
    });
    const failed = (error: unknown): void => {
      throw error;
    };
    const { ledger } = chain;
    const events = new EventFeed({ ledger, clock: systemClock, yieldToLoop: createYield(), failed });
    const feed = new CatalogueFeed({ ledger, events, catalogue, log: quiet });
    await feed.start();
    await chain.commit([world.upload('new book', 5n), world.attest('new book', 'bob')]);
    const found = await catalogue.search('book', { limit: 10, cursor: undefined, queue: HERE });
    const names = found.kind === 'accept' ? found.value.files.map(({ name }) => name) : [];
    expect(names).to.have.members(['old book', 'bad book', 'new book']);
    await feed.stop();
  });

  async function grown(path: string, blocksKept: number | undefined) {
    const store = openLevelStore(path);
    await store.start();
    const chain = await finalisedChain(store, 10);
    const pruner = new Pruner(
      { store, ledger: chain.ledger, log: quiet, yieldToLoop: createYield(), failed },
      { blocksKept, blocksPerCompaction: 128, pagesPerCompaction: blocksKept === undefined ? 1e9 : 500 },
    );
    await pruner.start();
    await payments(chain);
    await pruner.stop();
    const base = chain.ledger.blocks.base();
    const head = toHex(chain.ledger.head().hash);
    await store.stop();
    await reopened(path);
    return { base, head, bytes: sizeOf(path) };
  }

  /** Its log is written into its files when it is opened. */
  async function reopened(path: string): Promise<void> {
    const store = openLevelStore(path);
    await store.start();
    await store.stop();
  }
});

function pruning(store: ReturnType<typeof createMemoryStore>, ledger: Ledger, blocksKept: number): Pruner {
  return new Pruner(
    { store, ledger, log: quiet, yieldToLoop: createYield(), failed },
    { blocksKept, blocksPerCompaction: 128 },
  );
}

/** One payment a block: every block is about as long as the next one. */
async function payments(chain: FinalisedChain): Promise<void> {
  for (let i = 0; i < BLOCKS; i++) await chain.commit([chain.world.buy('reader', 1n, `receipt ${i}`)]);
}

/** Transactions of which the store knows where they are. */
async function indexed(store: MemoryStore): Promise<number> {
  const all = prefixRange(Uint8Array.of(KEYSPACES.transactionAt));
  return (await store.range({ ...all, limit: 10_000 })).length;
}

function failed(error: unknown): void {
  throw error;
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}
