import { expect } from 'chai';
import { encodeBlock } from '../../../chain/block/block.ts';
import { genesisState } from '../../../chain/block/genesis.ts';
import {
  type CheckedTransaction,
  encodeChecked,
  signTransaction,
} from '../../../chain/transaction/signing.ts';
import { type Bytes, utf8 } from '../../../core/bytes.ts';
import { sha256 } from '../../../core/hash.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Network } from '../../../core/ports.ts';
import { encodeWant } from '../../../node/content/messages.ts';
import { Bodies, encodeOffer } from '../../../node/engine/bodies.ts';
import { encodeFrame } from '../../../node/engine/frames.ts';
import { encodeBatch } from '../../../node/mempool/messages.ts';
import { Pool } from '../../../node/mempool/pool.ts';
import { Relay } from '../../../node/mempool/relay.ts';
import { TransactionChecker } from '../../../node/mempool/transaction-checker.ts';
import { Allowance } from '../../../node/peers/allowance.ts';
import { TOPICS, TRANSACTIONS_TOPIC, WANT_TOPIC } from '../../../node/peers/protocol-names.ts';
import { systemRandom } from '../../../node/process/system.ts';
import { createVerifier } from '../../../node/process/verifier.ts';
import { createYield } from '../../../node/process/yield.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { genesisOf, hashOf, keyOf, seedOf } from '../../chain/world.ts';
import { eventually } from '../eventually.ts';
import { finalisedChain } from '../finalised-chain.ts';
import {
  registration,
  startFederation,
  type TestFederation,
  type TestReplica,
  untilHeight,
} from '../replicas.ts';

/** A clock that stands until it is moved. */
function standing(): Clock & { move(ms: number): void } {
  let now = 0;
  const move = (ms: number): void => {
    now += ms;
  };
  return { now: () => now, after: () => () => {}, move };
}

const UNSIGNED = { by: keyOf('dan'), signature: new Uint8Array(64) };

describe('the allowance of a peer', () => {
  it('fills with time up to its bound, pays for work, and keeps peers apart', () => {
    const clock = standing();
    const allowance = new Allowance(clock, { perSecond: 10, most: 20 });
    const [ann, bob] = [keyOf('ann'), keyOf('bob')];
    expect(allowance.take(ann, 20)).to.equal(true);
    expect(allowance.take(ann, 1)).to.equal(false);
    expect(allowance.take(bob, 1)).to.equal(true);
    clock.move(500);
    expect(allowance.left(ann)).to.equal(5);
    clock.move(60_000);
    expect(allowance.left(ann)).to.equal(20);
    clock.move(-30_000);
    expect(allowance.left(ann), 'a clock that is set back').to.equal(20);
  });

  it('lets a peer owe no more than it could have saved', () => {
    const clock = standing();
    const allowance = new Allowance(clock, { perSecond: 10, most: 20 });
    allowance.charge(keyOf('ann'), 1_000);
    expect(allowance.left(keyOf('ann'))).to.equal(-20);
    clock.move(4_000);
    expect(allowance.take(keyOf('ann'), 20)).to.equal(true);
  });
});

describe('bodies that nobody has asked for', () => {
  const { block, hash } = genesisState(genesisOf());
  const bytes = encodeBlock(block);
  /** Nobody else is there. */
  const alone = { peers: () => [] } as unknown as Network;

  it('are found under their hash, also behind those of a liar', async () => {
    const bodies = new Bodies({ network: alone, clock: standing() });
    bodies.offer(keyOf('bob'), encodeOffer(hash, utf8('no block at all')));
    bodies.offer(keyOf('cid'), encodeOffer(hash, encodeBlock({ ...block, transactions: [utf8('x')] })));
    bodies.offer(keyOf('ann'), encodeOffer(hash, bytes));
    for (let time = 0; time < 2; time++) {
      expect((await bodies.obtain(hash, undefined))?.hash).to.deep.equal(hash);
    }
    expect(await bodies.obtain(hashOf('another'), undefined)).to.equal(undefined);
  });

  it('push out only those of the same peer, and nothing that is too long is kept', async () => {
    const bodies = new Bodies({ network: alone, clock: standing() });
    bodies.offer(keyOf('ann'), encodeOffer(hash, bytes));
    for (let i = 0; i < 100; i++) bodies.offer(keyOf('bob'), encodeOffer(hashOf(`${i}`), bytes));
    expect((await bodies.obtain(hash, undefined))?.hash).to.deep.equal(hash);
    const long = new Bodies({ network: alone, clock: standing() });
    long.offer(keyOf('ann'), encodeOffer(hash, new Uint8Array(limits.blockBytesMax + 1)));
    long.offer(keyOf('ann'), hash.subarray(0, 31));
    expect(await long.obtain(hash, undefined)).to.equal(undefined);
  });
});

describe('gossip of what is known already', () => {
  it('gossip.too-much: costs a little, and is not listened to for ever', async () => {
    const store = createMemoryStore();
    await store.start();
    const { ledger, world } = await finalisedChain(store);
    const clock = standing();
    const pool = new Pool();
    const checker = new TransactionChecker({ chainId: ledger.chainId, pool, verifier: createVerifier() });
    const alone = { publish() {}, peers: () => [] } as unknown as Network;
    const random = systemRandom;
    const relay = new Relay({
      ledger,
      pool,
      checker,
      network: alone,
      clock,
      random,
      yieldToLoop: createYield(),
      pooled() {},
    });
    const count = limits.gossipBatchTransactionsMax;
    const transactions = Array.from(
      { length: count },
      (_, i) => encodeChecked(registration(world.genesis, `reader ${i}`, 'ann')).bytes,
    );
    const batch = () => encodeBatch({ salt: random.bytes(8), transactions });
    expect((await relay.receive(keyOf('bob'), batch())).kind).to.equal('accept');
    const codes: string[] = [];
    while (codes.at(-1) !== 'gossip.too-much') {
      const verdict = await relay.receive(keyOf('bob'), batch());
      codes.push(verdict.kind === 'ignore' ? verdict.code : verdict.kind);
    }
    const paid = limits.uselessTransactionsPerPeerMax / (count * limits.knownTransactionCost);
    expect(codes.length).to.be.within(paid, paid + 2);
    expect((await relay.receive(keyOf('cid'), batch())).kind).to.equal('ignore');
    clock.move(1_000);
    expect(await relay.receive(keyOf('bob'), batch())).to.include({ code: 'transaction.known' });
    relay.stop();
  });
});

describe('a member that floods', () => {
  let federation: TestFederation;
  let dan: Network;
  let replicas: readonly TestReplica[];

  beforeEach(async () => {
    federation = await startFederation(['ann', 'bob', 'cid']);
    replicas = federation.replicas;
    dan = federation.hub.network(keyOf('dan'), {
      topics: TOPICS,
      protocols: [],
      members: replicas.map(asMember),
    });
    dan.handle({
      frame() {},
      gossip: () => ({ kind: 'ignore', code: 'transaction.known' }),
      request: () => Promise.reject(new Error('nobody asks')),
      connected() {},
      disconnected() {},
    });
    await dan.start();
  });
  afterEach(async () => {
    await dan.stop();
    await federation.stop();
  });

  it('gossip.too-much: with transactions of no use is not listened to, and the others go on', async () => {
    for (let batch = 0; batch < 40; batch++) dan.publish(TRANSACTIONS_TOPIC, batchOf(batch));
    for (let i = 0; i < 5_000; i++) {
      const want = { file: hashOf(`${i}`), infoHash: hashOf(`${i}`).subarray(0, 20), toldMs: 1, ...UNSIGNED };
      dan.publish(WANT_TOPIC, encodeWant(want));
    }
    await goesOn('after useless gossip');
    await untilHeight(replicas, 1);
    for (const { pool } of replicas) expect(pool.size).to.equal(0);
  });

  it('costs those nothing who pass on what it wants: theirs is heard after it', async () => {
    const [ann, bob] = replicas;
    const wants = Array.from({ length: 2 * limits.gossipPerPeerMax }, (_, i) => {
      const want = { file: hashOf(`${i}`), infoHash: hashOf(`${i}`).subarray(0, 20), toldMs: 1, ...UNSIGNED };
      return encodeWant(want);
    });
    for (const want of wants) ann!.network.publish(WANT_TOPIC, want);
    await eventually(() => bob!.wanted.length === wants.length);
    expect(bob!.wanted.at(-1)).to.deep.equal(wants.at(-1));
  });

  it('with frames, wrong and right in form, costs a bounded number of looks', async () => {
    const garbage = Array.from({ length: 5_000 }, (_, i) => encodeFrame('consensus', sha256(utf8(`${i}`))));
    const bodies = Array.from({ length: 50 }, (_, i) =>
      encodeFrame('body', encodeOffer(hashOf(`${i}`), new Uint8Array(100_000))),
    );
    for (const frame of [...garbage, ...bodies, new Uint8Array([9, 9, 9])]) {
      for (const { name } of replicas) dan.send(keyOf(name), frame);
    }
    await goesOn('after frames');
  });

  /** Valid signatures of readers whom nobody knows. */
  function batchOf(batch: number): Bytes {
    const transactions = Array.from({ length: 200 }, (_, i): CheckedTransaction => {
      const reader = `stranger ${(batch * 200 + i) % 500}`;
      const unsigned = {
        kind: 'download' as const,
        hash: hashOf(`${batch}`),
        key: keyOf(reader),
        expires: undefined,
      };
      return encodeChecked(
        signTransaction<'download'>(replicas[0]!.ledger.chainId, unsigned, seedOf(reader)),
      );
    });
    return encodeBatch({
      salt: sha256(utf8(`${batch}`)).subarray(0, 8),
      transactions: transactions.map((one) => one.bytes),
    });
  }

  async function goesOn(reader: string): Promise<void> {
    const verdict = await replicas[0]!.submission.submit(registration(federation.genesis, reader, 'ann'));
    expect(verdict.kind).to.equal('accept');
  }

  function asMember({ name }: TestReplica) {
    return { key: keyOf(name), addresses: [] };
  }
});
