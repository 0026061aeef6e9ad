/** The ledger of a node: the state after the head is one state, whatever is on its way to the disk. */
import { expect } from 'chai';
import { account } from '../../../chain/queries.ts';
import { encodeChecked } from '../../../chain/transaction/signing.ts';
import { toHex } from '../../../core/bytes.ts';
import type { Hash32 } from '../../../core/scalars.ts';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { genesisOf, keyOf, READER_TOKENS, World } from '../../chain/world.ts';

const CERTIFICATE = new Uint8Array(1);

async function openLedger() {
  const store = createMemoryStore();
  await store.start();
  const world = new World(genesisOf());
  return { world, store, ledger: await Ledger.open(new BlockStore(store, 10), world.genesis) };
}

describe('ledger', () => {
  it('keeps the state after the head whole while the next block is on its way to the disk', async () => {
    const { world, store, ledger } = await openLedger();
    const tokens = (name: string) => account(ledger.head().view, keyOf(name))?.tokens;
    const build = (parent: Hash32, amount: bigint) => {
      const at = { view: 1, time: ledger.head().header.time + 1, proposer: world.proposer };
      return ledger.build(parent, [encodeChecked(world.transfer('uploader', amount))], at).executed;
    };
    const first = build(ledger.head().hash, 3n);
    const second = build(first.hash, 4n);
    expect(tokens('uploader')).to.equal(0n); // one that is at hand; the reader's is not
    const commit = ledger.prepareCommit(second.hash, CERTIFICATE)!;
    await store.write(commit.writes, { sync: true });
    expect([tokens('reader'), tokens('uploader')]).to.deep.equal([READER_TOKENS, 0n]);
    ledger.advance(commit);
    expect([tokens('reader'), tokens('uploader')]).to.deep.equal([READER_TOKENS - 7n, 7n]);
    const again = await Ledger.open(new BlockStore(store, 10), world.genesis);
    expect(account(again.head().view, keyOf('uploader'))?.tokens).to.equal(7n);
  });

  it('knows what has gone and what has come', async () => {
    const { world, store, ledger } = await openLedger();
    const run = async (names: readonly string[], afterMs: number): Promise<void> => {
      const { header, hash } = ledger.head();
      const at = { view: header.view + 1, time: header.time + afterMs, proposer: world.proposer };
      const all = names.map((name) => encodeChecked(world.register(name)));
      const { executed } = ledger.build(hash, all, at);
      const commit = ledger.prepareCommit(executed.hash, CERTIFICATE)!;
      await store.write(commit.writes, { sync: true });
      ledger.advance(commit);
    };
    expect(account(ledger.head().view, keyOf('new'))).to.equal(undefined);
    await run(['new'], 1);
    expect(account(ledger.head().view, keyOf('new'))).to.include({ tokens: 0n });
    await run(['newer'], 1);
    expect(account(ledger.head().view, keyOf('new'))).to.include({ tokens: 0n });
    expect(account(ledger.head().view, keyOf('newer'))).to.include({ tokens: 0n });
  });

  describe('with turns for others', () => {
    /** Two blocks on each other, another one beside the first, and a long one on the second; all but that pending. */
    async function stage() {
      const { world, store, ledger } = await openLedger();
      const build = (parent: Hash32, amounts: readonly bigint[]) => {
        const at = { view: 1, time: ledger.stateOf(parent)!.header.time + 1, proposer: world.proposer };
        const all = amounts.map((amount) => encodeChecked(world.transfer('uploader', amount)));
        return { all, at, executed: ledger.build(parent, all, at).executed };
      };
      const start = ledger.head().hash;
      const first = build(start, [3n]).executed;
      const second = build(first.hash, [4n]).executed;
      const beside = build(start, [5n]).executed;
      const long = build(second.hash, new Array(200).fill(1n));
      const commit = async (block: Hash32): Promise<void> => {
        const batch = ledger.prepareCommit(block, CERTIFICATE)!;
        await store.write(batch.writes, { sync: true });
        await nothing(); // those who wait for a turn have one here: the disk is ahead of the head
        ledger.advance(batch);
      };
      return { ledger, first, second, beside, long, commit };
    }
    const nothing = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

    it('executes and builds the same as in one go, whatever becomes final below', async () => {
      const { ledger, first, second, long, commit } = await stage();
      let yields = 0;
      const commits = [commit(first.hash)];
      const yieldToLoop = async (): Promise<void> => {
        yields += 1;
        if (yields === 4) commits.push(commits[0]!.then(() => commit(second.hash)));
        await nothing();
      };
      const again = ledger.executeSlowly(long.executed.block, long.executed.transactions, yieldToLoop);
      const built = ledger.buildSlowly(second.hash, long.all, long.at, yieldToLoop);
      expect(await again).to.deep.include({ kind: 'accept' });
      expect(toHex((await built)!.executed.hash)).to.equal(toHex(long.executed.hash));
      await Promise.all(commits);
      expect(yields).to.be.greaterThan(10);
      await commit(long.executed.hash);
      expect(account(ledger.head().view, keyOf('uploader'))?.tokens).to.equal(207n);
    });

    it('gives up at the next yield what is not wanted any more, and keeps nothing of it', async () => {
      const { ledger, second, long } = await stage();
      let yields = 0;
      const yieldToLoop = async (): Promise<void> => {
        yields += 1;
      };
      const wanted = (): boolean => yields < 3;
      const later = { ...long.at, time: long.at.time + 1 };
      expect(await ledger.buildSlowly(second.hash, long.all, later, yieldToLoop, wanted)).to.equal(undefined);
      expect(yields).to.equal(3);
      const { block, transactions } = long.executed;
      expect(await ledger.executeSlowly(block, transactions, yieldToLoop, wanted)).to.equal(undefined);
      expect(yields).to.equal(4);
    });

    it('gives up when another block becomes final beside the parent', async () => {
      const { ledger, beside, long, commit } = await stage();
      let lost: Promise<void> | undefined;
      const yieldToLoop = async (): Promise<void> => {
        lost ??= commit(beside.hash);
        await lost;
      };
      const { block, transactions } = long.executed;
      expect(await ledger.executeSlowly(block, transactions, yieldToLoop)).to.equal(undefined);
      expect(await ledger.executeSlowly(block, transactions, yieldToLoop)).to.equal(undefined);
    });
  });
});
