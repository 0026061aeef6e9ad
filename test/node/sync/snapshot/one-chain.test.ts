/** A joiner that is offered states of two histories, and the operator's word for one of them. */
import { expect } from 'chai';
import { type Bytes, toHex } from '../../../../core/bytes.ts';
import { Fault } from '../../../../core/fault.ts';
import { limits } from '../../../../core/limits.ts';
import { verifyHash } from '../../../../core/sign.ts';
import type { Checkpoint } from '../../../../light/checkpoint.ts';
import { partAt } from '../../../../light/fork.ts';
import { createMemoryHub, type MemoryHub } from '../../../../network/memory.ts';
import { BlockStore } from '../../../../node/ledger/block-store.ts';
import { Ledger } from '../../../../node/ledger/ledger.ts';
import { encodeRange } from '../../../../node/ledger/messages.ts';
import { serveChain } from '../../../../node/ledger/server.ts';
import { RANGE_PROTOCOL, SNAPSHOT_PROTOCOL } from '../../../../node/peers/protocol-names.ts';
import { systemClock } from '../../../../node/process/system.ts';
import { forkWrite, readFork } from '../../../../node/sync/fork-record.ts';
import { type JoinProgress, SnapshotJoin } from '../../../../node/sync/snapshot/join.ts';
import { joinRecordWrite } from '../../../../node/sync/snapshot/join-record.ts';
import {
  decodeSnapshotRequest,
  encodeHeaders,
  encodePages,
  encodeSnapshotRequest,
} from '../../../../node/sync/snapshot/protocol.ts';
import { SnapshotServer } from '../../../../node/sync/snapshot/server.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { keyOf, LIBRARIES } from '../../../chain/world.ts';
import { answerOf } from '../../answer-of.ts';
import { answering } from '../../answering.ts';
import { type FinalisedChain, finalisedChain } from '../../finalised-chain.ts';
import { quiet } from '../../replicas.ts';
import { hasty } from './hasty.ts';

/** Members, and no authorities. */
const observers = ['dan', 'fay', 'gus', 'hal'];
const all = [...LIBRARIES, ...observers.slice(1), 'eve'].map((name) => ({ key: keyOf(name), addresses: [] }));
type Side = { readonly chain: FinalisedChain; readonly store: MemoryStore };
/** @param asked - from which height headers are wanted; 0 for anything else. */
type Twist = (kind: string, answer: Bytes, asked: number) => Bytes;
/** Shows its state, and nothing that leads to it. */
const leadsNowhere: Twist = (kind, answer) =>
  kind === 'headers' ? encodeHeaders([]) : kind === 'range' ? encodeRange([]) : answer;

describe('a joiner that compares offers', () => {
  let hub: MemoryHub;
  let ours: Side;
  let theirs: Side;
  let own: MemoryStore;
  let codes: unknown[];
  let words: string[];
  let progress: JoinProgress;
  let stops: (() => Promise<void>)[];

  beforeEach(async () => {
    hub = createMemoryHub({ clock: systemClock });
    [ours, theirs] = [await side(), await side()];
    for (const { chain } of [ours, theirs]) await chain.grow(3);
    await ours.chain.grow(12, 2);
    await theirs.chain.grow(20, 1);
    own = await started();
    await Ledger.open(new BlockStore(own, 100), ours.chain.world.genesis);
    await own.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    [codes, words] = [[], []];
    stops = [];
  });
  afterEach(async () => {
    for (const stop of stops) await stop();
  });

  it('stops with a sentence when they are of two chains, keeps both certificates, and does not begin again', async () => {
    await serve('ann', ours);
    await serve('bob', theirs);
    const fault = await faultOf(join());
    expect(fault).to.have.property('code', 'ledger.forked');
    expect(fault.message).to.include('two final blocks exclude each other at height 14'); // the block before 15 is named by it
    const record = readFork(own)!;
    expect(partAt(record.first!, record.second)).to.equal(14);
    expect(await faultOf(join())).to.have.property('code', 'ledger.forked');
  });

  it('block.other-chain: takes the one that stands on the checkpoint, whatever it had found before', async () => {
    await serve('ann', ours);
    await serve('bob', theirs);
    await faultOf(join());
    expect(await join(checkpoint(ours, 15))).to.equal(true);
    await expectJoined(ours);
    expect(codes).to.deep.equal(['block.other-chain']);
  });

  it('block.other-chain: takes none that is not shown to stand on the checkpoint, also when it is alone', async () => {
    await serve('bob', theirs);
    expect(await join(checkpoint(ours, 10))).to.equal(true); // goes on with the ledger that it has
    expect(new Set(codes)).to.deep.equal(new Set(['block.other-chain']));
    const ledger = await Ledger.open(new BlockStore(own, 100), ours.chain.world.genesis);
    expect(ledger.head().header.height).to.equal(0);
    await serve('ann', ours);
    await own.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    expect(await join(checkpoint(ours, 10))).to.equal(true);
    await expectJoined(ours);
  });

  it('checkpoint.not-shown: calls nobody another chain that has not kept what leads from the checkpoint', async () => {
    await serve('ann', ours, leadsNowhere);
    const at = checkpoint(ours, 10);
    expect(await join(at)).to.equal(true); // goes on with the ledger that it has
    expect(codes).to.deep.equal(['checkpoint.not-shown']);
    expect(words[0]).to.include('nobody has kept what leads from --checkpoint');
    expect(progress.phase).to.equal('looking');
    expect(progress.trouble).to.equal('checkpoint.not-shown');
    await own.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    const keeper = await grown(3);
    await keeper.chain.grow(12, 2);
    await serve('bob', keeper);
    expect(await join(at)).to.equal(true);
    await expectJoined(ours);
  });

  it('checkpoint.not-shown: takes none when its own chain has another block there', async () => {
    own = theirs.store;
    await own.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    await serve('ann', ours, leadsNowhere);
    await join(checkpoint(ours, 10));
    expect(codes).to.deep.equal(['checkpoint.not-shown']);
  });

  it('is kept out by no checkpoint that its own chain has passed, however long ago, and whatever was thrown away', async () => {
    own = ours.store;
    const at = checkpoint(ours, 10);
    const later = await grown(3);
    await later.chain.grow(12, 2);
    for (const name of ['bob', 'cid']) {
      await later.chain.grow(20, 1);
      await own.write([joinRecordWrite({ phase: 'wanted', above: 10 })], { sync: true });
      // The first is wrong, and what was here is gone by then.
      await serve('ann', later, (kind, answer, asked) =>
        kind === 'pages' ? encodePages([]) : leadsNowhere(kind, answer, asked),
      );
      expect(await join(at, 'snapshot.wrong')).to.equal(false);
      await serve(name, later, leadsNowhere);
      expect(await join(at)).to.equal(true);
      await expectJoined(later);
      for (const stop of stops.splice(0)) await stop();
      codes.length = 0;
    }
  });

  it('checkpoint.not-shown: takes none that is not shown, though it is past the checkpoint, while two histories are known', async () => {
    await serve('ann', ours);
    await serve('bob', theirs);
    await faultOf(join());
    const fork = readFork(own)!;
    for (const stop of stops.splice(0)) await stop();
    own = ours.store;
    const wanted = joinRecordWrite({ phase: 'wanted', above: 0 });
    await own.write([forkWrite(fork), wanted], { sync: true });
    await serve('bob', theirs, leadsNowhere);
    expect(await join(checkpoint(ours, 15))).to.equal(true); // goes on with the ledger that it has
    expect(codes).to.deep.equal(['checkpoint.not-shown']);
    await expectJoined(ours);
  });

  it('has passed the checkpoint that its state was shown to stand on, once it has that state', async () => {
    const at = checkpoint(ours, 10);
    const later = await grown(3);
    await later.chain.grow(12, 2);
    await serve('ann', later, (kind, answer) => (kind === 'pages' ? encodePages([]) : answer));
    expect(await join(at, 'snapshot.wrong')).to.equal(false);
    for (const stop of stops.splice(0)) await stop();
    await later.chain.grow(10, 1);
    await serve('bob', later, leadsNowhere);
    expect(await join(at, 'checkpoint.not-shown'), 'it never had the state').to.equal(false);
    await serve('cid', later);
    expect(await join(at)).to.equal(true);
    for (const stop of stops.splice(0)) await stop();

    const above = later.chain.ledger.head().header.height;
    await own.write([joinRecordWrite({ phase: 'wanted', above })], { sync: true });
    await later.chain.grow(10, 1);
    await serve('ann', later, leadsNowhere);
    expect(await join(at)).to.equal(true);
    await expectJoined(later);
  });

  it('leaves the newest when nobody leads to it from an older one', async () => {
    await serve('ann', ours);
    await serve('bob', theirs, leadsNowhere);
    const late = await grown(3); // as ann, but for what it withholds
    await late.chain.grow(12, 2);
    await late.chain.grow(30, 1);
    await serve('cid', late, leadsNowhere);
    expect(await join()).to.equal(true);
    await expectJoined(ours);
    expect(codes).to.deep.equal(['proof.unavailable', 'proof.unavailable']);
  });

  it('is kept out by no member that offers an old state, when the others have pruned what leads from it', async () => {
    await serve('ann', await grown(3), leadsNowhere);
    await serve('bob', ours, leadsNowhere);
    await serve('cid', ours, leadsNowhere);
    expect(await join()).to.equal(true);
    await expectJoined(ours);
    expect(codes).to.deep.equal(['proof.unavailable']);
  });

  it('is kept out by no member that offers less than it has itself, as loud as the others are together', async () => {
    const old = await grown(3);
    const above = old.chain.ledger.head().header.height;
    await own.write([joinRecordWrite({ phase: 'wanted', above })], { sync: true });
    await serve('ann', old, leadsNowhere);
    await serve('bob', ours, leadsNowhere);
    expect(await join()).to.equal(true);
    await expectJoined(ours);
    expect(codes).to.deep.equal([]);
  });

  it('is led away by no members that are not authorities, however many they are', async () => {
    await serve('ann', ours, leadsNowhere);
    await serve('bob', ours, leadsNowhere);
    await serve('cid', await grown(3), leadsNowhere);
    for (const name of observers) await serve(name, await grown(5), leadsNowhere);
    expect(await join()).to.equal(true);
    await expectJoined(ours);
    expect(codes).to.deep.equal(['proof.unavailable', 'proof.unavailable']);
  });

  it('takes the state of the block after which another member has pruned for one of its chain', async () => {
    await serve('ann', ours);
    const later = await grown(3);
    await later.chain.grow(12, 2);
    await later.chain.grow(2);
    const from = ours.chain.ledger.head().header.height + 1;
    await serve('bob', later, (kind, answer, asked) =>
      (kind === 'headers' && asked < from) || kind === 'range' ? leadsNowhere(kind, answer, asked) : answer,
    );
    expect(await join()).to.equal(true);
    await expectJoined(later);
    expect(codes).to.deep.equal([]);
  });

  it('takes the newest of a member that has pruned what leads to it, when another one leads there', async () => {
    const old = await serve('ann', ours);
    await old.hold();
    await ours.chain.grow(limits.snapshotHeadersMax + 10, 1);
    await serve('bob', ours, leadsNowhere);
    expect(await join()).to.equal(true);
    await expectJoined(ours);
    expect(codes).to.deep.equal([]);
  });

  it('sees two ends of one epoch, at whatever heights, and an end that is not its own', async () => {
    await ours.chain.elect(['ann', 'bob', 'cid', 'dan']);
    await theirs.chain.elect(['ann', 'bob', 'dan']);
    for (const { chain } of [ours, theirs]) await chain.grow(2);
    await serve('ann', ours, leadsNowhere);
    await serve('bob', theirs, leadsNowhere);
    expect(await faultOf(join())).to.have.property('code', 'ledger.forked');
    expect(readFork(own)?.height).to.equal(16);
    for (const stop of stops.splice(0)) await stop();

    await theirs.store.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    own = theirs.store;
    await serve('ann', ours);
    expect(await faultOf(join())).to.have.property('code', 'ledger.forked');
  });

  /** @param until - it is stopped when this code is in its log. */
  async function join(at?: Checkpoint, until?: string): Promise<boolean> {
    const network = await connect('eve', async () => new Uint8Array(0));
    const log = {
      ...quiet,
      warn(word: string, data?: { code?: unknown }): void {
        words.push(word);
        if (data?.code !== undefined) codes.push(data.code);
        if (until !== undefined && data?.code === until) joining.stop();
      },
    };
    const ports = { store: own, network, clock: hasty, log, verify: verifyHash, checkpoint: at };
    const joining = new SnapshotJoin(ports, ours.chain.world.genesis);
    try {
      return await joining.run();
    } finally {
      progress = joining.progress;
      await network.stop();
    }
  }

  async function expectJoined({ chain }: Side): Promise<void> {
    const ledger = await Ledger.open(new BlockStore(own, 100), chain.world.genesis);
    expect(toHex(ledger.head().hash)).to.equal(toHex(chain.ledger.head().hash));
  }

  async function serve(name: string, { chain, store }: Side, twist: Twist = (_, answer) => answer) {
    const snapshots = new SnapshotServer({ store, ledger: chain.ledger, clock: systemClock, log: quiet });
    const protocols = serveChain(chain.ledger);
    const network = await connect(name, async (protocol, bytes) => {
      if (protocol !== SNAPSHOT_PROTOCOL) {
        return twist(
          protocol === RANGE_PROTOCOL ? 'range' : protocol,
          answerOf(protocols, protocol, bytes),
          0,
        );
      }
      const request = decodeSnapshotRequest(bytes);
      const answer = await snapshots.answer(bytes);
      if (request.kind !== 'accept') return answer;
      return twist(request.value.kind, answer, request.value.kind === 'headers' ? request.value.from : 0);
    });
    stops.push(async () => {
      await network.stop();
      await snapshots.stop();
    });
    return {
      /** From now on it offers the state of this moment. */
      async hold() {
        await snapshots.answer(encodeSnapshotRequest({ kind: 'offer', above: 0 }));
      },
    };
  }

  const connect = (name: string, answer: (protocol: string, bytes: Bytes) => Promise<Bytes>) =>
    answering(hub, name, all, answer);
});

async function side(): Promise<Side> {
  const store = await started();
  return { store, chain: await finalisedChain(store) };
}

/** A beginning of what all sides have. */
async function grown(blocks: number): Promise<Side> {
  const made = await side();
  await made.chain.grow(blocks);
  return made;
}

async function started(): Promise<MemoryStore> {
  const made = createMemoryStore();
  await made.start();
  return made;
}

function checkpoint({ chain }: Side, height: number): Checkpoint {
  return { height, hash: chain.ledger.blocks.at(height)!.hash };
}

async function faultOf(running: Promise<unknown>): Promise<Fault> {
  try {
    await running;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
