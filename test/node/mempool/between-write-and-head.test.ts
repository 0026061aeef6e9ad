/**
 * Between the write of a commit and the move of the head the store says more than the head does. Nobody may be told
 * "refused" of a transaction that has just become final, whenever the pool is looked at.
 */
import { expect } from 'chai';
import type { Executed } from '../../../chain/block/execute.ts';
import type { Transfer } from '../../../chain/money/transfer.ts';
import { signTransaction } from '../../../chain/transaction/signing.ts';
import { createMemoryHub } from '../../../network/memory.ts';
import { bodyWrites } from '../../../node/engine/verdicts.ts';
import { BlockStore, pendingBodies } from '../../../node/ledger/block-store.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { Pool } from '../../../node/mempool/pool.ts';
import { Recheck } from '../../../node/mempool/recheck.ts';
import { Relay } from '../../../node/mempool/relay.ts';
import { Submission } from '../../../node/mempool/submission.ts';
import { TransactionChecker } from '../../../node/mempool/transaction-checker.ts';
import { TOPICS } from '../../../node/peers/protocol-names.ts';
import { systemRandom } from '../../../node/process/system.ts';
import { createVerifier } from '../../../node/process/verifier.ts';
import type { Yield } from '../../../node/process/yield.ts';
import { createYield } from '../../../node/process/yield.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { genesisOf, idOf, keyOf, seedOf, World } from '../../chain/world.ts';
import { ManualClock } from '../../tracker/world.ts';
import { eventually } from '../eventually.ts';

/** What waits for a block at one library, without the engine. */
async function library(yieldToLoop: Yield = createYield()) {
  const world = new World(genesisOf({ blockIntervalMs: 0 }));
  const clock = new ManualClock();
  clock.time = world.time;
  const store = createMemoryStore();
  await store.start();
  const ledger = await Ledger.open(new BlockStore(store, 100), world.genesis);
  const pool = new Pool();
  const checker = new TransactionChecker({ chainId: ledger.chainId, pool, verifier: createVerifier() });
  const network = createMemoryHub({ clock }).network(keyOf('ann'), {
    topics: TOPICS,
    protocols: [],
    members: [],
  });
  const pooled = (): void => {};
  const relay = new Relay({
    ledger,
    pool,
    checker,
    network,
    clock,
    random: systemRandom,
    yieldToLoop,
    pooled,
  });
  const submission = new Submission({ ledger, pool, checker, relay, clock, yieldToLoop, pooled });
  const recheck = new Recheck({
    ledger,
    pool,
    relay,
    clock,
    dropped: (checked, verdict) => submission.dropped(checked, verdict),
    changed: pooled,
  });
  recheck.start();

  const transfer = (amount: bigint): Transfer => {
    const { signature: _, ...unsigned } = world.transfer('uploader', amount);
    return signTransaction<'transfer'>(ledger.chainId, unsigned, seedOf('reader'));
  };
  /** Waits for its finality from now on. */
  const submit = async (transaction: Transfer) => {
    const answer = submission.submit(transaction);
    await eventually(() => pool.get(hex(transaction)) !== undefined);
    return { answer };
  };
  const hex = (transaction: Transfer) => Buffer.from(idOf(transaction)).toString('hex');
  /** A block of these on the last one, executed here. */
  const block = (transactions: readonly Transfer[]): Executed => {
    const executed = world.run(transactions);
    expect(ledger.execute(executed.block, executed.transactions).kind).to.equal('accept');
    return executed;
  };
  /** Makes this block and all before it durable. @returns moves the head. */
  const write = async ({ hash }: Executed): Promise<() => void> => {
    const commit = ledger.prepareCommit(hash, new Uint8Array(1))!;
    await store.write(commit.writes, { sync: true });
    return () => void ledger.advance(commit);
  };
  const stop = (): void => {
    recheck.stop();
    submission.stop();
    relay.stop();
  };
  return { clock, pool, submission, recheck, transfer, submit, block, write, stop };
}

describe('between the write of a block and the head', () => {
  it('what stands in the block is not dropped from the pool, and whoever waits hears that it is final', async () => {
    const { clock, pool, recheck, transfer, submit, block, write, stop } = await library();
    const transaction = transfer(5n);
    const { answer } = await submit(transaction);
    const advance = await write(block([transaction]));
    clock.move(2_000); // the pool is looked at
    recheck.look(idOf(transaction)); // a block of ours could not take it
    expect(pool.size).to.equal(1);
    advance();
    expect(await answer).to.deep.equal({
      kind: 'accept',
      value: { id: idOf(transaction), height: 1, caused: true },
    });
    expect(pool.size).to.equal(0);
    stop();
  });

  it('two blocks at once: what stands in the second is not judged after the first', async () => {
    const { pool, transfer, submit, block, write, stop } = await library();
    const [first, second] = [transfer(1n), transfer(2n)];
    const one = await submit(first);
    const two = await submit(second);
    block([first]);
    const advance = await write(block([second]));
    advance();
    expect(await one.answer).to.deep.equal({
      kind: 'accept',
      value: { id: idOf(first), height: 1, caused: true },
    });
    expect(await two.answer).to.deep.equal({
      kind: 'accept',
      value: { id: idOf(second), height: 2, caused: true },
    });
    expect(pool.size).to.equal(0);
    stop();
  });

  it('whoever waits for a block hears of it one by one, and all of them when the library stops meanwhile', async () => {
    const turn = Promise.withResolvers<void>();
    let yields = 0;
    const { transfer, submit, block, write, stop } = await library(() => {
      yields += 1;
      return yields === 1 ? Promise.resolve() : turn.promise;
    });
    const [first, second] = [transfer(1n), transfer(2n)];
    const one = await submit(first);
    const two = await submit(second);
    let heard = false;
    void two.answer.then(() => {
      heard = true;
    });
    (await write(block([first, second])))();
    expect((await one.answer).kind).to.equal('accept');
    await new Promise(setImmediate);
    expect(heard).to.equal(false);
    stop();
    expect((await two.answer).kind).to.equal('accept');
    turn.resolve();
  });

  it('no body is written of a block whose parent has lost meanwhile', async () => {
    const world = new World(genesisOf({ blockIntervalMs: 0 }));
    const store = createMemoryStore();
    await store.start();
    const ledger = await Ledger.open(new BlockStore(store, 100), world.genesis);
    const [{ executed: lost }, { executed: won }] = [world.build([], 500), world.build([], 600)];
    for (const { block } of [lost, won]) expect(ledger.execute(block, []).kind).to.equal('accept');
    const { view, time, proposer } = lost.block.header;
    const { executed: child } = ledger.build(lost.hash, [], { view: view + 1, time: time + 1, proposer });
    expect(bodyWrites(ledger, child)).not.to.deep.equal([]);
    const commit = ledger.prepareCommit(won.hash, new Uint8Array(1))!;
    await store.write(commit.writes, { sync: true });
    ledger.advance(commit);
    expect(bodyWrites(ledger, child)).to.deep.equal([]);
  });

  it('a crash there leaves no body of a block that has lost', async () => {
    const world = new World(genesisOf({ blockIntervalMs: 0 }));
    const store = createMemoryStore();
    await store.start();
    const blocks = new BlockStore(store, 100);
    const ledger = await Ledger.open(blocks, world.genesis);
    const { executed: lost } = world.build([], 500);
    const { executed: won } = world.build([], 600);
    for (const { block } of [lost, won]) expect(ledger.execute(block, []).kind).to.equal('accept');
    await store.write([...blocks.bodyWrites(lost), ...blocks.bodyWrites(won)], { sync: true });
    const commit = ledger.prepareCommit(won.hash, new Uint8Array(1))!;
    await store.write(commit.writes, { sync: true });
    // It dies before it has forgotten the loser.
    const again = await Ledger.open(blocks, world.genesis);
    await again.restorePending();
    expect(await pendingBodies(store)).to.deep.equal([]);
    expect(blocks.bodyBytes(lost.hash)).to.equal(undefined);
    expect(blocks.bodyBytes(won.hash)).to.deep.equal(won.bytes);
  });
});
