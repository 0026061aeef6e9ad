import { expect } from 'chai';
import { limits } from '../../../../core/limits.ts';
import { Pruner } from '../../../../node/ledger/prune.ts';
import { decodeOffer, encodeSnapshotRequest } from '../../../../node/sync/snapshot/protocol.ts';
import { SnapshotServer } from '../../../../node/sync/snapshot/server.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { type FinalisedChain, finalisedChain } from '../../finalised-chain.ts';
import { type MovingClock, movingClock } from '../../moving-clock.ts';
import { quiet } from '../../replicas.ts';

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
    await server.answer(encodeSnapshotRequest({ kind: 'pages', block: ledger.head().hash, path: [] }));
    await chain.grow(5);
    expect(await offered()).to.equal(10);
    const pruner = new Pruner({ store, ledger, log: quiet, failed }, { blocksKept: 20 });
    await pruner.start();
    await chain.grow(200, 1);
    await pruner.stop();
    expect(ledger.blocks.base()).to.be.greaterThan(12);
    expect(await offered()).to.equal(210);
    expect(released).to.deep.equal([5]);
  });

  it('holds no state for ever, however often it is asked for', async () => {
    const block = chain.ledger.head().hash;
    await offered();
    const ask = () => server.answer(encodeSnapshotRequest({ kind: 'pages', block, path: [] }));
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

  async function offered(): Promise<number | undefined> {
    const offer = decodeOffer(await server.answer(encodeSnapshotRequest({ kind: 'offer' })));
    return offer.kind === 'accept' ? offer.value.block.header.height : undefined;
  }
});

function failed(error: unknown): void {
  throw error;
}
