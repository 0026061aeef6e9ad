import { expect } from 'chai';
import type { Bytes } from '../../../../core/bytes.ts';
import { limits } from '../../../../core/limits.ts';
import type { Hash32 } from '../../../../core/scalars.ts';
import { Pruner } from '../../../../node/ledger/prune.ts';
import { createYield } from '../../../../node/process/yield.ts';
import { decodeOffer, encodeSnapshotRequest } from '../../../../node/sync/snapshot/protocol.ts';
import { SnapshotServer } from '../../../../node/sync/snapshot/server.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { type FinalisedChain, finalisedChain } from '../../finalised-chain.ts';
import { type MovingClock, movingClock } from '../../moving-clock.ts';
import { quiet } from '../../replicas.ts';

const STEP_MS = limits.snapshotIdleMs / 2;

describe('the server of snapshots', () => {
  let store: MemoryStore;
  let chain: FinalisedChain;
  let clock: MovingClock;
  let server: SnapshotServer;
  let released: number[];

  beforeEach(async () => {
    store = createMemoryStore();
    await store.start();
    chain = await finalisedChain(store);
    clock = movingClock();
    released = [];
    const log = {
      ...quiet,
      info(message: string, data?: { readonly height?: unknown }) {
        if (message === 'a state is held no more') released.push(Number(data?.height));
      },
    };
    server = new SnapshotServer({ store, ledger: chain.ledger, clock, log });
    await chain.grow(5);
  });
  afterEach(() => server.stop());

  it('shares one state among those that come soon after one another', async () => {
    expect(await offered()).to.equal(5);
    await chain.grow(5);
    expect(await offered()).to.equal(5);
    clock.pass(limits.snapshotFreshMs);
    expect(await offered()).to.equal(10);
  });

  it('offers no state whose next blocks it has pruned, also when it holds as many as it may', async () => {
    const { ledger } = chain;
    expect(await offered()).to.equal(5);
    clock.pass(limits.snapshotFreshMs);
    await pagesOf(ledger.head().hash);
    await chain.grow(5);
    expect(await offered()).to.equal(10);
    const pruner = new Pruner(
      { store, ledger, log: quiet, yieldToLoop: createYield(), failed },
      { blocksKept: 20 },
    );
    await pruner.start();
    await chain.grow(200, 1);
    await pruner.stop();
    expect(ledger.blocks.base()).to.be.greaterThan(12);
    expect(await offered()).to.equal(210);
    expect(released).to.deep.equal([5]);
  });

  it('makes a newer state at once for whoever needs one above the last', async () => {
    expect(await offered()).to.equal(5);
    await chain.grow(5);
    expect(await offered(4), 'the last one will do').to.equal(5);
    expect(await offered(10), 'it has none such itself').to.equal(5);
    expect(await offered(5)).to.equal(10);
    expect(await offered(), 'and everybody has it from then on').to.equal(10);
  });

  it('makes one for whoever needs it, also when liars hold on to as many states as they may', async () => {
    const blocks: Hash32[] = [];
    for (let at = STEP_MS; at < limits.snapshotHeldMs; at += STEP_MS) {
      await chain.grow(1);
      if ((await offered()) === top()) blocks.push(chain.ledger.head().hash);
      for (const block of blocks) await pagesOf(block);
      clock.pass(STEP_MS);
    }
    expect(blocks).to.have.length(2);
    expect(released).to.deep.equal([]);
    expect(await offered(top() - 1)).to.equal(top());
  });

  it('lets no liar have states made without end, keep one from others, or soon take one from them', async () => {
    const made = new Map<number, { readonly at: number; readonly block: Hash32 }>();
    const lives: number[] = [];
    for (let at = 0; at < 2 * limits.snapshotHeldMs; at += STEP_MS) {
      await chain.grow(1);
      for (const above of at < limits.snapshotFreshMs ? [0] : [0, top() - 1]) {
        const offer = (await offered(above))!;
        if (offer === top()) made.set(offer, { at, block: chain.ledger.head().hash });
        const waited = at - made.get(offer)!.at;
        expect(waited, 'so long has nobody got what he needed').to.be.at.most(limits.snapshotNeededMs);
      }
      lives.push(...released.splice(0).map((height) => at - made.get(height)!.at));
      for (const { block } of made.values()) await pagesOf(block);
      clock.pass(STEP_MS);
    }
    const { snapshotNeededMs, snapshotFreshMs, snapshotsHeldMax, snapshotHeldMs } = limits;
    expect(Math.min(...lives)).to.be.at.least(snapshotNeededMs + snapshotFreshMs);
    expect(Math.min(...lives.slice(2)), 'in the long run').to.equal(snapshotsHeldMax * snapshotNeededMs);
    expect(made.size).to.be.at.most(2 * (snapshotHeldMs / snapshotNeededMs) + 3);
  });

  it('holds no state for ever, however often it is asked for', async () => {
    const block = chain.ledger.head().hash;
    await offered();
    const ask = () => pagesOf(block);
    for (let at = 0; at < limits.snapshotHeldMs; at += limits.snapshotIdleMs / 2) {
      expect(await ask()).to.not.have.length(0);
      clock.pass(limits.snapshotIdleMs / 2);
    }
    expect(await ask()).to.have.length(0);
    expect(released).to.deep.equal([5]);
  });

  it('lets go of what nobody asks for, also when the clock is set back', async () => {
    await offered();
    clock.pass(limits.snapshotIdleMs / 2);
    expect(released).to.deep.equal([]);
    clock.set(-limits.snapshotHeldMs);
    clock.pass(limits.snapshotIdleMs / 2);
    expect(released).to.deep.equal([5]);
    expect(await offered()).to.equal(5);
  });

  function top(): number {
    return chain.ledger.head().header.height;
  }

  function pagesOf(block: Hash32): Promise<Bytes> {
    return server.answer(encodeSnapshotRequest({ kind: 'pages', block, path: [] }));
  }

  /** @param above - what the asker has already, or what is of no use to it. */
  async function offered(above = 0): Promise<number | undefined> {
    const offer = decodeOffer(await server.answer(encodeSnapshotRequest({ kind: 'offer', above })));
    return offer.kind === 'accept' ? offer.value.block.header.height : undefined;
  }
});

function failed(error: unknown): void {
  throw error;
}
