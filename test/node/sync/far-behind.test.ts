import { expect } from 'chai';
import { createSigner } from '../../../core/crypto-node.ts';
import { createMemoryHub, type MemoryHub } from '../../../network/memory.ts';
import { Pruner } from '../../../node/ledger/prune.ts';
import { serveChain } from '../../../node/ledger/server.ts';
import { PROTOCOLS, SNAPSHOT_PROTOCOL, TOPICS } from '../../../node/peers/protocol-names.ts';
import { Lifecycle } from '../../../node/process/lifecycle.ts';
import { systemClock, systemRandom } from '../../../node/process/system.ts';
import { createVerifier } from '../../../node/process/verifier.ts';
import { createYield } from '../../../node/process/yield.ts';
import { openReplica } from '../../../node/replica.ts';
import { readJoinMembers, readJoinRecord } from '../../../node/sync/snapshot/join-record.ts';
import { encodeSnapshotRequest } from '../../../node/sync/snapshot/protocol.ts';
import { SnapshotServer } from '../../../node/sync/snapshot/server.ts';
import { SnapshotTrigger } from '../../../node/sync/snapshot/trigger.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { keyOf, LIBRARIES, seedOf } from '../../chain/world.ts';
import { answerOf } from '../answer-of.ts';
import { answering } from '../answering.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { quiet, registration } from '../replicas.ts';

const members = LIBRARIES.map((name) => ({ key: keyOf(name), addresses: [] }));

describe('a library that is behind', () => {
  let hub: MemoryHub;
  let chain: FinalisedChain;
  let stops: (() => Promise<void>)[];

  beforeEach(async () => {
    hub = createMemoryHub({ clock: systemClock });
    stops = [];
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it('range.pruned: wants a snapshot when nobody has kept the blocks that it needs', async () => {
    await serve(20);
    const { rejoined, store } = await behind();
    await rejoined;
    const ledger = { until: 1, over: 20 };
    expect(readJoinRecord(store)).to.deep.equal({ phase: 'wanted', above: 0, ledger });
    expect(readJoinMembers(store)).to.deep.equal(members);
  });

  it('wants one also of a member that has held a state for a moment which is not far enough ahead', async () => {
    await serve(20, 185);
    const { considered, store } = await behind(190);
    expect(await considered).to.equal(true);
    expect(readJoinRecord(store)).to.deep.equal({
      phase: 'wanted',
      above: 0,
      ledger: { until: 1, over: 190 },
    });
  });

  it('does not leave its ledger for fewer blocks than everybody keeps, by the word of one', async () => {
    await serve(20);
    const { considered, store } = await behind(200);
    expect(await considered).to.equal(false);
    expect(readJoinRecord(store)).to.equal(undefined);
  });

  it('takes the blocks when they are there and few', async () => {
    await serve(undefined);
    const { rejoined, replica, store } = await behind();
    const caughtUp = new Promise<'caught up'>((resolve) => {
      replica.ledger.onCommit(({ block }) => block.header.height === 200 && resolve('caught up'));
    });
    expect(await Promise.race([rejoined, caughtUp])).to.equal('caught up');
    expect(readJoinRecord(store)).to.equal(undefined);
  });

  /** ann, with 200 blocks, of which it keeps so many. @param heldAt - where somebody has asked it for a state. */
  async function serve(blocksKept: number | undefined, heldAt?: number): Promise<void> {
    const store = createMemoryStore();
    await store.start();
    chain = await finalisedChain(store);
    const pruner = new Pruner(
      { store, ledger: chain.ledger, log: quiet, yieldToLoop: createYield(), failed },
      { blocksKept },
    );
    await pruner.start();
    const server = new SnapshotServer({ store, ledger: chain.ledger, clock: systemClock, log: quiet });
    for (let height = 1; height <= 200; height++) {
      await chain.commit([registration(chain.world.genesis, `r${height}`, 'ann')]);
      if (height === heldAt) await server.answer(encodeSnapshotRequest({ kind: 'offer', above: 0 }));
    }
    await pruner.stop();
    const protocols = serveChain(chain.ledger);
    const network = await answering(hub, 'ann', members, async (protocol, bytes) =>
      protocol === SNAPSHOT_PROTOCOL ? server.answer(bytes) : answerOf(protocols, protocol, bytes),
    );
    stops.push(
      () => server.stop(),
      () => network.stop(),
    );
  }

  /** dan, at genesis. */
  async function behind(blocksKeptMin = 20) {
    const store = createMemoryStore();
    await store.start();
    const { genesis } = chain.world;
    const verifier = createVerifier();
    const network = hub.network(keyOf('dan'), { topics: TOPICS, protocols: PROTOCOLS, members: [] });
    const { promise: rejoined, resolve: rejoin } = Promise.withResolvers<void>();
    const { promise: considered, resolve: isConsidered } = Promise.withResolvers<boolean>();
    const trigger = new SnapshotTrigger({
      store,
      network,
      verify: (key, hash, signature) => verifier.verifyNow(key, hash, signature),
      log: quiet,
      genesis,
      members: () => members,
      rejoin,
      blocksKeptMin,
    });
    const replica = await openReplica(
      {
        store,
        network,
        clock: systemClock,
        random: systemRandom,
        log: quiet,
        verifier,
        identity: { publicKey: keyOf('dan'), sign: createSigner(seedOf('dan')) },
        accused() {},
        lag: async (peer, lag) => {
          const isFetched = await trigger.consider(peer, lag);
          isConsidered(isFetched);
          return isFetched;
        },
        failed,
      },
      { genesis, deltaMs: 200, statesKept: 100 },
    );
    const lifecycle = new Lifecycle(replica.parts, quiet);
    await lifecycle.start();
    stops.push(() => lifecycle.stop());
    return { rejoined, considered, replica, store };
  }
});

function failed(error: unknown): void {
  throw error;
}
