import { expect } from 'chai';
import { type EventKind, readersOf } from '../../../chain/kind/event.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import type { PublicKey32 } from '../../../core/scalars.ts';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import type { OwnEvent } from '../../../node/ledger/history.ts';
import { HistoryBuilder } from '../../../node/ledger/history-builder.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { Pruner } from '../../../node/ledger/prune.ts';
import { KEYSPACES, metaKey, prefixRange } from '../../../store/keyspaces.ts';
import { createMemoryStore, type MemoryStore } from '../../../store/memory.ts';
import { keyOf, type World } from '../../chain/world.ts';
import { eventually } from '../eventually.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { quiet } from '../replicas.ts';

const ALL = prefixRange(Uint8Array.of(KEYSPACES.history));
const MANY = 10_000;

describe('the history of a key', () => {
  it('has every event that is for it, newest first, and no other, with the transaction that did it', async () => {
    const { chain } = await opened();
    await busy(chain);
    const { history } = chain.ledger.blocks;
    const kinds = new Set<EventKind>();
    for (const name of ['uploader', 'reader', 'anna']) {
      const key = keyOf(name);
      const rows = await history.read(key, { before: undefined, limit: MANY });
      expect(rows.map(({ at, time, event }) => ({ at, time, event }))).to.deep.equal(
        told(chain, key).toReversed(),
      );
      expect(rows.length, name).to.be.greaterThan(0);
      for (const { at, event, transaction } of rows) {
        kinds.add(event.kind);
        const ids = chain.world.blocks[at.height - 1]!.transactions.map(({ id }) => toHex(id));
        // Who has paid is not said, not even by the id of what it was paid with.
        if (event.kind === 'earned') expect(transaction).to.equal(undefined);
        else expect(ids).to.include(toHex(transaction!));
      }
    }
    expect([...kinds]).to.include.members(['uploaded', 'purchased', 'earned', 'registered', 'transferred']);
    expect(await history.read(keyOf('nobody'), { before: undefined, limit: MANY })).to.deep.equal([]);
  });

  it('names of several transactions of one block that which did it', async () => {
    const { chain } = await opened();
    const { world } = chain;
    const names = ['one', 'two', 'three'];
    await chain.commit(names.map((name) => world.register(name)));
    const { transactions } = world.blocks.at(-1)!;
    for (const [index, name] of names.entries()) {
      const [row] = await chain.ledger.blocks.history.read(keyOf(name), { before: undefined, limit: 1 });
      expect(toHex(row!.transaction!)).to.equal(toHex(transactions[index]!.id));
    }
  });

  it('is read in pages that join without a gap, both ways', async () => {
    const { chain } = await opened();
    await busy(chain);
    const { history } = chain.ledger.blocks;
    const whole = await history.read(keyOf('reader'), { before: undefined, limit: MANY });
    for (const limit of [1, 2, 3]) {
      const back: OwnEvent[] = [];
      for (let before: OwnEvent['at'] | undefined; ; before = back.at(-1)!.at) {
        const page = await history.read(keyOf('reader'), { before, limit });
        expect(page.length).to.be.at.most(limit);
        if (page.length === 0) break;
        back.push(...page);
      }
      expect(back).to.deep.equal(whole);
    }
    const [newest, ...others] = whole;
    const from = others.at(-1)!.at;
    const onward = await history.read(keyOf('reader'), { from, limit: MANY });
    expect(onward).to.deep.equal([newest, ...others].toReversed());
  });

  it('is on the disk with its block and not otherwise, wherever the disk was cut off', async () => {
    const lengths = new Set<number>();
    for (let kept = 0; kept <= 14; kept++) {
      const { store, chain } = await opened();
      await busy(chain);
      store.crash({ keep: kept });
      await store.start();
      const ledger = await Ledger.open(new BlockStore(store, 10), chain.world.genesis);
      expect(ledger.blocks.history.isWhole).to.equal(true);
      const { height } = ledger.head().header;
      const rows = await ledger.blocks.history.read(keyOf('reader'), { before: undefined, limit: MANY });
      const expected = told(chain, keyOf('reader')).filter(({ at }) => at.height <= height);
      expect(rows.map(({ at }) => at)).to.deep.equal(expected.map(({ at }) => at).toReversed());
      lengths.add(rows.length);
    }
    expect(lengths.size).to.be.greaterThan(2);
  });

  it('goes with the blocks that are pruned', async () => {
    const { store, chain } = await opened();
    await busy(chain);
    await chain.grow(30, 2);
    await pruned(store, chain);
    const base = chain.ledger.blocks.base();
    const rows = await store.range({ ...ALL, limit: MANY });
    const kept = chain.world.blocks
      .slice(base - 1)
      .flatMap(({ events }) => events.flatMap((event) => readersOf(event)));
    expect(rows).to.have.length(kept.length);
    expect(kept.length).to.be.greaterThan(0);
  });

  it('of an older home is built while blocks become final, and is the same but for what is not known any more', async () => {
    const { store, chain } = await opened();
    await busy(chain);
    await chain.grow(20, 1);
    const before = await everything(store);
    await forgetHistory(store);
    const ledger = await reopened(store, chain);
    expect(ledger.blocks.history.isWhole).to.equal(false);
    let turns = 0;
    const builder = builderOf(store, ledger, async () => {
      if (++turns % 3 === 0 && turns <= 30) await commit(store, ledger, chain.world);
    });
    await builder.start();
    await eventually(() => ledger.blocks.history.isWhole);
    await builder.stop();
    expect(turns).to.be.greaterThan(30);
    await commit(store, ledger, chain.world);
    const after = await everything(store);
    expect([...after.keys()]).to.include.members([...before.keys()]);
    expect(after.size).to.equal(before.size + 11);
    const rows = await ledger.blocks.history.read(keyOf('reader'), { before: undefined, limit: MANY });
    expect(rows.map(({ event }) => event)).to.deep.equal(
      told(chain, keyOf('reader'))
        .map(({ event }) => event)
        .toReversed(),
    );
    const again = await reopened(store, chain);
    expect(again.blocks.history.isWhole).to.equal(true);
    expect(again.blocks.history.firstMissing()).to.equal(again.head().header.height + 1);
  });

  it('goes on where it was being built when the library stopped, and is whole however often that was', async () => {
    const { store, chain } = await opened();
    await chain.grow(40, 3);
    const { size } = await everything(store);
    await forgetHistory(store);
    let starts = 0;
    for (let ledger = await reopened(store, chain); !ledger.blocks.history.isWhole; starts++) {
      const first = ledger.blocks.history.firstMissing();
      let turns = 0;
      const stopped = Promise.withResolvers<void>();
      const builder: HistoryBuilder = builderOf(store, ledger, async () => {
        if (++turns === 10) stopped.resolve(builder.stop());
      });
      await builder.start();
      await eventually(() => turns >= 10 || ledger.blocks.history.isWhole);
      if (turns >= 10) await stopped.promise;
      ledger = await reopened(store, chain);
      expect(ledger.blocks.history.firstMissing()).to.be.greaterThan(first);
    }
    expect(starts).to.equal(4);
    expect((await everything(store)).size).to.equal(size);
  });

  it('keeps what is to be pruned until it has been built of it', async () => {
    const { store, chain } = await opened();
    await chain.grow(40, 1);
    await forgetHistory(store);
    const ledger = await reopened(store, chain);
    const pruner = prunerOf(store, ledger);
    await pruner.start();
    await pruner.stop();
    expect(ledger.blocks.base()).to.equal(1);
    const builder = builderOf(store, ledger);
    await builder.start();
    await eventually(() => ledger.blocks.history.isWhole);
    await pruner.start();
    await eventually(() => ledger.blocks.base() > 20);
    await pruner.stop();
  });

  it('is not taken for whole when an older program has gone on with the home meanwhile', async () => {
    const { store, chain } = await opened();
    await chain.grow(10, 1);
    const { history } = chain.ledger.blocks;
    await chain.grow(5, 1);
    // As if the last five had been written by it.
    await store.write([history.mark(10)], { sync: true });
    const ledger = await reopened(store, chain);
    expect(ledger.blocks.history.isWhole).to.equal(false);
    expect(ledger.blocks.history.firstMissing()).to.equal(11);
  });
});

async function opened() {
  const store = createMemoryStore();
  await store.start();
  return { store, chain: await finalisedChain(store, 10, { vestingPermille: 500 }) };
}

/** Uploads, purchases, transfers and blocks in which nothing happens. */
async function busy(chain: FinalisedChain): Promise<void> {
  const { world } = chain;
  await chain.commit([world.register('anna'), world.register('ben')]);
  await chain.commit([world.upload('a book', 5n), world.upload('a second', 7n)]);
  await chain.commit([world.download('a book'), world.transfer('anna', 3n)]);
  await chain.commit([]);
  await chain.commit([world.transfer('anna', 2n), world.transfer('ben', 2n)]);
  await chain.commit([world.download('a second')]);
}

/** A block that registers somebody, on this ledger. */
async function commit(store: MemoryStore, ledger: Ledger, world: World): Promise<void> {
  const { block, transactions, hash } = world.run([world.register(`new at ${world.state.header.height}`)]);
  ledger.execute(block, transactions);
  const made = ledger.prepareCommit(hash, Uint8Array.of(0));
  await store.write(made!.writes, { sync: true });
  await store.write(ledger.advance(made!), { sync: false });
}

/** What the world knows of it, oldest first. */
function told({ world }: FinalisedChain, key: PublicKey32) {
  return world.blocks.flatMap(({ block, events }) =>
    events.flatMap((event, index) => {
      if (!readersOf(event).some((reader) => equalBytes(reader, key))) return [];
      const { height, time } = block.header;
      return [{ at: { height, index }, time, event }];
    }),
  );
}

async function everything(store: MemoryStore): Promise<ReadonlyMap<string, Uint8Array>> {
  const rows = await store.range({ ...ALL, limit: MANY });
  return new Map(rows.map(([key, value]) => [toHex(key), value]));
}

/** As a program without it has left the home. */
async function forgetHistory(store: MemoryStore): Promise<void> {
  const rows = await store.range({ ...ALL, limit: MANY });
  const gone = [metaKey('history'), ...rows.map(([key]) => key)];
  await store.write(
    gone.map((key) => ({ type: 'del', key })),
    { sync: true },
  );
}

function reopened(store: MemoryStore, { world }: FinalisedChain): Promise<Ledger> {
  return Ledger.open(new BlockStore(store, 10), world.genesis);
}

function builderOf(store: MemoryStore, ledger: Ledger, yieldToLoop = async (): Promise<void> => {}) {
  return new HistoryBuilder({ store, ledger, log: quiet, yieldToLoop, failed });
}

function prunerOf(store: MemoryStore, ledger: Ledger): Pruner {
  const ports = { store, ledger, log: quiet, yieldToLoop: async () => {}, failed };
  return new Pruner(ports, { blocksKept: 5, blocksPerBatch: 10 });
}

async function pruned(store: MemoryStore, { ledger }: FinalisedChain): Promise<void> {
  const pruner = prunerOf(store, ledger);
  await pruner.start();
  await eventually(() => ledger.blocks.base() > 20);
  await pruner.stop();
}

function failed(error: unknown): void {
  throw error;
}
