import { expect } from 'chai';
import { encodeBlock, headerHash } from '../../../../chain/block/block.ts';
import type { Executed } from '../../../../chain/block/execute.ts';
import { authorities } from '../../../../chain/queries.ts';
import { encodeMessage, type Finalization } from '../../../../consensus/messages.ts';
import { type Bytes, toHex } from '../../../../core/bytes.ts';
import { decode, encode } from '../../../../core/codec.ts';
import { Fault } from '../../../../core/fault.ts';
import { limits } from '../../../../core/limits.ts';
import type { Clock, Network } from '../../../../core/ports.ts';
import { verifyHash } from '../../../../core/sign.ts';
import { createMemoryHub, type MemoryHub } from '../../../../network/memory.ts';
import { BlockStore, headIn, pendingBodies } from '../../../../node/ledger/block-store.ts';
import { Ledger } from '../../../../node/ledger/ledger.ts';
import { readSeals } from '../../../../node/ledger/seals.ts';
import { systemClock } from '../../../../node/process/system.ts';
import { SnapshotJoin } from '../../../../node/sync/snapshot/join.ts';
import { joinRecordWrite, readJoinRecord } from '../../../../node/sync/snapshot/join-record.ts';
import {
  decodeOffer,
  decodeSnapshotRequest,
  encodeOffer,
  encodeSnapshotRequest,
  type SnapshotRequest,
} from '../../../../node/sync/snapshot/protocol.ts';
import { SnapshotServer } from '../../../../node/sync/snapshot/server.ts';
import { KEYSPACES, prefixRange } from '../../../../store/keyspaces.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { hashOf, keyOf, LIBRARIES } from '../../../chain/world.ts';
import { answering } from '../../answering.ts';
import { type FinalisedChain, finalisedChain } from '../../finalised-chain.ts';
import { quiet } from '../../replicas.ts';
import { hasty } from './hasty.ts';

type Twist = (request: SnapshotRequest, answer: Bytes) => Bytes | Promise<Bytes>;
const members = LIBRARIES.map((name) => ({ key: keyOf(name), addresses: [] }));

describe('joining by a snapshot', () => {
  let hub: MemoryHub;
  let store: MemoryStore;
  let chain: FinalisedChain;
  let running: Network[];

  beforeEach(async () => {
    hub = createMemoryHub({ clock: systemClock });
    running = [];
    store = await started();
    chain = await finalisedChain(store);
    await chain.grow(20);
    await chain.elect(['ann', 'bob', 'cid', 'dan']);
    await chain.grow(60, 10);
    await chain.elect(['bob', 'cid', 'dan']);
    await chain.grow(5);
  });
  afterEach(() => Promise.all(running.map((network) => network.stop())));

  it('gives the same state, tree, seals and head, and goes on from there', async () => {
    await serve('ann');
    const own = await joined();
    await expectSame(own);
    const ledger = await Ledger.open(new BlockStore(own, 100), chain.world.genesis);
    await chain.grow(3);
    for (const executed of chain.world.blocks.slice(-3)) {
      const verdict = ledger.execute(executed.block, executed.transactions);
      expect(verdict.kind).to.equal('accept');
    }
  });

  it('keeps bodies for which it may have signed Finalize until they are decided', async () => {
    const past = chain.world.build([], 600).executed;
    await chain.grow(1);
    const ann = await serve('ann');
    await ann.hold();
    await chain.grow(1);
    const lost = chain.world.build([], 600).executed; // stands on a block that the joiner has never seen
    await chain.grow(1);
    const [parent, won] = chain.world.blocks.slice(-2) as [Executed, Executed];
    const own = await wanting();
    const blocks = new BlockStore(own, 100);
    const bodies = [past, lost, won];
    await own.write(
      bodies.flatMap((executed) => blocks.bodyWrites(executed)),
      { sync: true },
    );
    await joined(own);
    const ledger = await Ledger.open(blocks, chain.world.genesis);
    await ledger.restorePending();
    const held = (): boolean[] => bodies.map(({ hash }) => blocks.bodyBytes(hash) !== undefined);
    expect(held()).to.deep.equal([false, true, true]);
    for (const { block, transactions } of [parent, won]) {
      expect(ledger.execute(block, transactions).kind).to.equal('accept');
    }
    const commit = ledger.prepareCommit(won.hash, new Uint8Array(1))!;
    await own.write(commit.writes, { sync: true });
    await own.write(ledger.advance(commit), { sync: true });
    expect(held()).to.deep.equal([false, false, true]);
    expect(await pendingBodies(own)).to.deep.equal([]);
  });

  it('snapshot.wrong: leaves a member whose page, value, order or whole is wrong, and takes the next', async () => {
    const lies: Twist[] = [
      ({ kind }, answer) => (kind === 'pages' ? flipped(answer) : answer),
      ({ kind }, answer) => (kind === 'pages' ? changed(answer, (pages) => pages.slice(1)) : answer),
      ({ kind }, answer) => (kind === 'pages' ? changed(answer, () => []) : answer),
      ({ kind }, answer) =>
        kind === 'entries' ? mapped(answer, (row) => ({ ...row, values: row.keys })) : answer,
      ({ kind }, answer) =>
        kind === 'entries'
          ? mapped(answer, (row) => ({ ...row, keys: row.keys.slice(2), values: row.values.slice(2) }))
          : answer,
      ({ kind }, answer) =>
        kind === 'entries'
          ? mapped(answer, (row) => ({
              ...row,
              keys: [row.keys[0]!, ...row.keys],
              values: [row.values[0]!, ...row.values],
            }))
          : answer,
      ({ kind }, answer) => (kind === 'seals' ? encode([]) : answer),
      ({ kind }, answer) => (kind === 'seals' ? changed(answer, (seals) => [...seals].reverse()) : answer),
      ({ kind }, answer) => (kind === 'offer' ? flipped(answer) : answer),
      () => Uint8Array.of(0xff),
    ];
    for (const lie of lies) {
      const liar = await serve('bob', lie);
      const honest = await serve('ann');
      const { own, codes } = await attempt(await wanting());
      await expectSame(own);
      expect(codes, String(lie)).to.have.length(1);
      await Promise.all([liar.stop(), honest.stop()]);
    }
  });

  it('goes on after a crash at every step', async () => {
    for (let step = 1; ; step++) {
      let asked = 0;
      const own = await wanting();
      let crash: () => void = () => {};
      const server = await serve('ann', (_request, answer) => {
        asked += 1;
        if (asked === step) crash();
        return answer;
      });
      const first = await joiner(own);
      crash = () => {
        first.join.stop();
        own.crash({ keep: own.unsynced() >> 1 });
      };
      const done = await first.join.run().catch((error: unknown) => {
        expect(error).to.be.instanceOf(Fault).and.include({ code: 'store.closed' });
        return false;
      });
      await first.network.stop();
      if (!done) {
        await own.start();
        const before = asked;
        await joined(own);
        expect(asked - before).to.be.at.most(12);
      }
      await expectSame(own);
      await server.stop();
      if (asked < step) break;
    }
  });

  it('consensus.wrong-signature: leaves a member whose offer is a seal with a certificate of its own making', async () => {
    await chain.elect(['ann', 'bob', 'cid']);
    const forgeries: ((certificate: Finalization) => Finalization)[] = [
      (certificate) => ({ ...certificate, hash: hashOf('no block') }),
      (certificate) => ({ ...certificate, signatures: certificate.signatures.map(flipped) }),
      (certificate) => ({ ...certificate, view: certificate.view + 1 }),
    ];
    for (const forge of forgeries) {
      const liar = await serve('ann', ({ kind }, answer) =>
        kind === 'offer' ? withCertificate(answer, forge) : answer,
      );
      const honest = await serve('bob');
      const { own, codes } = await attempt(await wanting());
      await expectSame(own);
      expect(codes, String(forge)).to.have.length(1);
      await Promise.all([liar.stop(), honest.stop()]);
    }
  });

  it('block.wrong-body: leaves a member that offers the state of a block with other transactions', async () => {
    await serve('ann', ({ kind }, answer) => {
      const offer = kind === 'offer' ? decodeOffer(answer) : undefined;
      if (offer?.kind !== 'accept') return answer;
      const { block, finalization } = offer.value;
      const transactions = [...block.transactions, hashOf('a transaction')];
      return encodeOffer(encodeBlock({ ...block, transactions }), encodeMessage(finalization));
    });
    await serve('bob');
    const { own, codes } = await attempt(await wanting());
    expect(codes).to.deep.equal(['block.wrong-body']);
    await expectSame(own);
  });

  it('leaves a member that offers a state and does not hold it, or gives it too slowly', async () => {
    let now = 0;
    const clock: Clock = { ...hasty, now: () => now };
    const tricks: Twist[] = [
      ({ kind }, answer) => (kind === 'pages' ? new Uint8Array(0) : answer),
      ({ kind }, answer) => {
        now += 9_000;
        return kind === 'pages' ? changed(answer, (pages) => pages.slice(0, 1)) : answer;
      },
      ({ kind }, answer) => {
        if (kind !== 'entries') return answer;
        now += 9_000;
        return mapped(answer, ({ keys, values }) => ({
          keys: keys.slice(0, 1),
          values: values.slice(0, 1),
          last: false,
        }));
      },
    ];
    for (const trick of tricks) {
      let asked = 0;
      const slow = await serve('bob', (request, answer) => {
        asked += 1;
        return trick(request, answer);
      });
      const honest = await serve('ann');
      const own = await wanting();
      const { join, network } = await joiner(own, clock);
      expect(await join.run()).to.equal(true);
      await network.stop();
      await expectSame(own);
      expect(asked).to.be.at.most(limits.snapshotBatchAnswersMax + 10);
      await Promise.all([slow.stop(), honest.stop()]);
    }
  });

  it('leaves a member that offers a state and is silent then, after a minute, for another one', async () => {
    let now = 0;
    let silent = 0;
    await serve('bob', ({ kind }, answer) => {
      if (kind !== 'pages') return answer;
      silent += 1;
      now += limits.requestTimeoutMs;
      throw new Fault('network.timeout', 'nothing came');
    });
    await serve('ann');
    const own = await wanting();
    const { join } = await joiner(own, { ...hasty, now: () => now });
    expect(await join.run()).to.equal(true);
    await expectSame(own);
    expect(silent).to.be.within(1, limits.snapshotSilentMs / limits.requestTimeoutMs + 2);
  });

  it('keeps its ledger while nobody who offers a state gives a page of it', async () => {
    const honest = await serve('ann');
    const own = await joined();
    const before = await all(own, KEYSPACES.state);
    const { hash } = chain.ledger.head();
    await honest.stop();
    await chain.grow(5);
    const hollow: Twist[] = [
      ({ kind }, answer) => (kind === 'pages' ? new Uint8Array(0) : answer),
      ({ kind }, answer) => (kind === 'pages' ? changed(answer, () => []) : answer),
      ({ kind }, answer) => (kind === 'pages' ? flipped(answer) : answer),
      ({ kind }, answer) => {
        if (kind === 'pages') throw new Fault('network.timeout', 'nothing came');
        return answer;
      },
    ];
    for (const twist of hollow) {
      await own.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
      const liar = await serve('bob', twist);
      await attempt(own);
      expect(await all(own, KEYSPACES.state)).to.deep.equal(before);
      const ledger = await Ledger.open(new BlockStore(own, 100), chain.world.genesis);
      expect(toHex(ledger.head().hash)).to.equal(toHex(hash));
      await liar.stop();
    }
  });

  it('stays with a slow member when there is no other', async () => {
    let now = 0;
    await serve('ann', ({ kind }, answer) => {
      now += 9_000;
      return kind === 'pages' ? changed(answer, (pages) => pages.slice(0, 20)) : answer;
    });
    const own = await wanting();
    const { join } = await joiner(own, { ...hasty, now: () => now });
    expect(await join.run()).to.equal(true);
    await expectSame(own);
  });

  it('does not take the time in which it clears what an earlier state has left for the slowness of a member', async () => {
    let now = 0;
    const givers: string[] = [];
    for (const name of ['ann', 'bob']) {
      await serve(name, ({ kind }, answer) => {
        if (kind === 'pages') givers.push(name);
        now += 10;
        return answer;
      });
    }
    let clearing = (): boolean => false;
    const slowly = createMemoryStore({
      schedule(run) {
        if (clearing()) now += 60_000;
        run();
      },
    });
    await slowly.start();
    const own = await wanting(0, slowly);
    const { join } = await joiner(own, { ...hasty, now: () => now });
    clearing = () => join.progress.phase === 'clearing';
    expect(await join.run()).to.equal(true);
    expect(now).to.be.greaterThan(60_000);
    expect(new Set(givers).size).to.equal(1);
    await expectSame(own);
  });

  it('takes the newest of some offers, and leaves a member that gives seals one by one', async () => {
    const old = await serve('ann');
    await old.hold();
    await chain.grow(5);
    const stingy = await serve('cid', ({ kind }, answer) =>
      kind === 'seals' ? changed(answer, (seals) => seals.slice(0, 1)) : answer,
    );
    const fresh = await serve('bob');
    const { own, codes } = await attempt(await wanting());
    await expectSame(own);
    expect(codes).to.deep.equal(['proof.wrong']);
    await Promise.all([old.stop(), stingy.stop(), fresh.stop()]);
  });

  it('takes a state above what it had from a member that has held an older one for a moment', async () => {
    const ann = await serve('ann');
    await ann.hold();
    const had = chain.ledger.head().header.height;
    await chain.grow(1);
    await expectSame(await joined(await wanting(had)));
    await ann.stop();
  });

  it('never goes back below the head that it has come to since it wanted a state', async () => {
    const server = await serve('ann');
    const own = await joined();
    await own.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    let asked = 0;
    await server.stop();
    await serve('bob', (_request, answer) => {
      asked += 1;
      return answer;
    });
    const { join, network } = await joiner(own);
    expect(await join.run()).to.equal(true);
    await network.stop();
    await expectSame(own);
    expect(asked, 'a state is looked at, and not fetched').to.be.greaterThan(0);
  });

  it('keeps a ledger that has come to what it wanted by blocks since', async () => {
    const ann = await serve('ann');
    const own = await joined();
    const { height } = chain.ledger.head().header;
    await ann.stop();
    await chain.grow(5);
    let asked = 0;
    const server = await serve('bob', (_request, answer) => {
      asked += 1;
      return answer;
    });
    const above = height - 11;
    await own.write([joinRecordWrite({ phase: 'wanted', above, ledger: { until: height, over: above } })], {
      sync: true,
    });
    const { join, network } = await joiner(own);
    expect(await join.run()).to.equal(true);
    expect(asked, 'questions for a state').to.equal(0);
    expect(readJoinRecord(own)).to.equal(undefined);
    expect(headIn(own)?.height).to.equal(height);
    await network.stop();

    // One block short of it, the state is fetched.
    await own.write(
      [joinRecordWrite({ phase: 'wanted', above, ledger: { until: height + 1, over: above } })],
      { sync: true },
    );
    await expectSame(await joined(own));
    await server.stop();
  });

  it('leaves its ledger for no state that is less far ahead than the one it wanted', async () => {
    const ann = await serve('ann');
    const own = await joined();
    const { height: above } = chain.ledger.head().header;
    await ann.stop();
    await chain.grow(5);
    const bob = await serve('bob');
    const ledger = { until: above + 1, over: above + 5 };
    await own.write([joinRecordWrite({ phase: 'wanted', above, ledger })], { sync: true });
    const near = await joiner(own);
    expect(await near.join.run()).to.equal(true);
    expect(headIn(own)?.height, 'five blocks ahead').to.equal(above);
    await near.network.stop();

    await bob.stop();
    await chain.grow(1);
    const cid = await serve('cid');
    await own.write([joinRecordWrite({ phase: 'wanted', above, ledger })], { sync: true });
    await expectSame(await joined(own));
    await cid.stop();
  });

  it('gets the state of one moment while the chain goes on and prunes', async () => {
    const { height } = chain.ledger.head().header;
    const wanted = chain.ledger.head().hash;
    await serve('ann', async ({ kind }, answer) => {
      if (kind === 'pages' || kind === 'entries') await chain.grow(40);
      return answer;
    });
    const own = await joined();
    const ledger = await Ledger.open(new BlockStore(own, 100), chain.world.genesis);
    expect(ledger.head().header.height).to.equal(height);
    expect(toHex(ledger.head().hash)).to.equal(toHex(wanted));
    expect(chain.ledger.head().header.height).to.be.greaterThan(height + 40);
  });

  it('begins anew when the member holds the state no more, and never goes back below what it had', async () => {
    let lost = false;
    await serve('ann', async ({ kind }, answer) => {
      if (lost || kind !== 'entries') return answer;
      lost = true;
      return new Uint8Array(0);
    });
    await expectSame(await joined());
    expect(lost).to.equal(true);
    const ahead = await wanting(chain.ledger.head().header.height);
    const { join, network } = await joiner(ahead);
    expect(await join.run()).to.equal(true); // it had nothing to lose by waiting: there is a ledger to go on with
    expect(readJoinRecord(ahead)).to.equal(undefined);
    await network.stop();
  });

  it('asks a member again that held the state no more, where another one has nothing to offer', async () => {
    let lost = false;
    await serve('ann', async ({ kind }, answer) => {
      if (lost || kind !== 'entries') return answer;
      lost = true;
      return new Uint8Array(0);
    });
    await connect('bob', async () => new Uint8Array(0)); // it joins itself
    await expectSame(await joined());
    expect(lost).to.equal(true);
  });

  async function started(): Promise<MemoryStore> {
    const made = createMemoryStore();
    await made.start();
    return made;
  }

  /** A store with a ledger at genesis that wants a snapshot. */
  async function wanting(above = 0, on?: MemoryStore): Promise<MemoryStore> {
    const made = on ?? (await started());
    await Ledger.open(new BlockStore(made, 100), chain.world.genesis);
    await made.write([joinRecordWrite({ phase: 'wanted', above })], { sync: true });
    return made;
  }

  async function serve(name: string, twist: Twist = (_, answer) => answer) {
    const server = new SnapshotServer({ store, ledger: chain.ledger, clock: systemClock, log: quiet });
    const network = await connect(name, async (bytes) => {
      const request = decodeSnapshotRequest(bytes);
      return request.kind === 'accept' ? twist(request.value, await server.answer(bytes)) : bytes;
    });
    return {
      /** From now on it offers the state of this moment. */
      async hold() {
        await server.answer(encodeSnapshotRequest({ kind: 'offer', above: 0 }));
      },
      async stop() {
        await network.stop();
        await server.stop();
      },
    };
  }

  async function connect(name: string, answer: (bytes: Bytes) => Promise<Bytes>): Promise<Network> {
    const network = await answering(hub, name, members, (_protocol, bytes) => answer(bytes));
    running.push(network);
    return network;
  }

  async function joiner(own: MemoryStore, clock = hasty) {
    const network = await connect('dan', async () => new Uint8Array(0));
    const codes: string[] = [];
    const log = {
      ...quiet,
      warn: (_message: string, data?: { readonly code?: unknown }) => {
        if (data?.code !== undefined) codes.push(String(data.code));
      },
    };
    const ports = { store: own, network, clock, log, verify: verifyHash };
    return { join: new SnapshotJoin(ports, chain.world.genesis), network, codes };
  }

  async function attempt(own: MemoryStore) {
    const { join, network, codes } = await joiner(own);
    expect(await join.run()).to.equal(true);
    await network.stop();
    return { own, codes };
  }

  async function joined(own?: MemoryStore): Promise<MemoryStore> {
    return (await attempt(own ?? (await wanting()))).own;
  }

  async function expectSame(own: MemoryStore): Promise<void> {
    const state = await all(own, KEYSPACES.state);
    expect(state).to.deep.equal(await all(store, KEYSPACES.state));
    const ledger = await Ledger.open(new BlockStore(own, 100), chain.world.genesis);
    const { header, hash } = ledger.head();
    expect(toHex(headerHash(header))).to.equal(toHex(hash));
    expect(toHex(hash)).to.equal(toHex(chain.ledger.head().hash));
    expect(ledger.headCertificate()).to.deep.equal(chain.ledger.headCertificate());
    expect(ledger.epochRoot()).to.deep.equal(chain.ledger.epochRoot());
    expect(ledger.blocks.base()).to.equal(header.height);
    // Of the block of a snapshot nobody here knows what it did, and what earlier ones did is gone with them.
    expect(await all(own, KEYSPACES.events)).to.deep.equal([]);
    expect(authorities(ledger.head().view)).to.deep.equal(authorities(chain.ledger.head().view));
    expect(await readSeals(own, 0, 10)).to.deep.equal(await readSeals(store, 0, 10));
    expect(readJoinRecord(own)).to.equal(undefined);
  }
});

async function all(store: MemoryStore, keyspace: number) {
  const rows = await store.range({ ...prefixRange(Uint8Array.of(keyspace)), limit: 1_000_000 });
  return rows.map(([key, value]) => `${toHex(key)} ${toHex(value)}`);
}

/** One bit in the middle is another one. */
function flipped(bytes: Bytes): Bytes {
  const copy = bytes.slice();
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

function changed(answer: Bytes, change: (list: Bytes[]) => Bytes[]): Bytes {
  const list = decode(answer, answer.length);
  return list.kind === 'accept' ? encode(change(list.value as Bytes[])) : answer;
}

function withCertificate(answer: Bytes, change: (certificate: Finalization) => Finalization): Bytes {
  const offer = decodeOffer(answer);
  if (offer.kind !== 'accept') return answer;
  return encodeOffer(offer.value.bytes, encodeMessage(change(offer.value.finalization)));
}

type Row = { readonly keys: Bytes[]; readonly values: Bytes[]; readonly last: boolean };
function mapped(answer: Bytes, change: (row: Row) => Row): Bytes {
  const row = decode(answer, answer.length);
  return row.kind === 'accept' ? encode(change(row.value as Row)) : answer;
}
