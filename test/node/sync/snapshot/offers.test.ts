/** A joiner and those who are silent, or late, when they are asked for a state: any number of members without a vote may be. */
import { expect } from 'chai';
import type { Bytes } from '../../../../core/bytes.ts';
import { limits } from '../../../../core/limits.ts';
import { verifyHash } from '../../../../core/sign.ts';
import { createMemoryHub, type MemoryHub } from '../../../../network/memory.ts';
import { BlockStore } from '../../../../node/ledger/block-store.ts';
import { Ledger } from '../../../../node/ledger/ledger.ts';
import { serveChain } from '../../../../node/ledger/server.ts';
import { SNAPSHOT_PROTOCOL } from '../../../../node/peers/protocol-names.ts';
import { SnapshotJoin } from '../../../../node/sync/snapshot/join.ts';
import { joinRecordWrite } from '../../../../node/sync/snapshot/join-record.ts';
import { decodeSnapshotRequest, encodeSnapshotRequest } from '../../../../node/sync/snapshot/protocol.ts';
import { SnapshotServer } from '../../../../node/sync/snapshot/server.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { keyOf, LIBRARIES } from '../../../chain/world.ts';
import { answerOf } from '../../answer-of.ts';
import { answering } from '../../answering.ts';
import { eventually } from '../../eventually.ts';
import { type FinalisedChain, finalisedChain } from '../../finalised-chain.ts';
import { type MovingClock, movingClock } from '../../moving-clock.ts';
import { quiet } from '../../replicas.ts';

/** @returns undefined for what is answered as anybody would. @param kind - of what is asked; "range" of blocks. */
type Lie = (kind: string) => Promise<Bytes | undefined> | undefined;

const GUESTS = Array.from({ length: 25 }, (_, i) => `guest ${i}`);
const members = [...LIBRARIES, ...GUESTS, 'eve'].map((name) => ({ key: keyOf(name), addresses: [] }));
const AUTHORITIES = ['ann', 'bob', 'cid'] as const;
/** What leads from one offer to another. */
const ABOUT = ['headers', 'range'];
const NOTHING = new Uint8Array(0);

describe('a joiner that asks for states', () => {
  let clock: MovingClock;
  let hub: MemoryHub;
  let store: MemoryStore;
  let chain: FinalisedChain;
  let stops: (() => Promise<void>)[];
  /** What was asked of each. */
  let asked: Map<string, string[]>;
  /** When somebody was asked who is silent. */
  let times: number[];

  beforeEach(async () => {
    clock = movingClock();
    hub = createMemoryHub({ clock });
    [stops, asked, times] = [[], new Map(), []];
    store = await started();
    chain = await finalisedChain(store);
    await chain.grow(12, 2);
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it('is kept waiting by no silent members, however many, where authorities answer', async () => {
    for (const guest of GUESTS) await serve(guest, silent);
    for (const name of AUTHORITIES) await serve(name);
    expect(await chosenAfter()).to.be.below(1_000);
  });

  it('waits once for all that are silent, where one authority answers', async () => {
    for (const guest of GUESTS) await serve(guest, silent);
    for (const name of ['ann', 'bob']) await serve(name, silent);
    await serve('cid');
    expect(await chosenAfter()).to.be.below(limits.requestTimeoutMs + 2_000);
  });

  it('finds the one that answers among many that do not, asking some at a time', async () => {
    for (const guest of GUESTS) await serve(guest, silent);
    await serve('dan');
    expect(await chosenAfter()).to.be.below(5 * limits.requestTimeoutMs);
    const under = times.map(
      (at) => times.filter((one) => one <= at && at - one < limits.requestTimeoutMs).length,
    );
    expect(Math.max(...under)).to.equal(limits.askedAtOnceMax);
  });

  it('asks nobody again about an offer who was late with an answer', async () => {
    for (const name of ['ann', 'bob']) await (await serve(name)).hold();
    await chain.grow(5);
    for (const name of ['cid', ...GUESTS.slice(0, 3)])
      await serve(name, (kind) => (ABOUT.includes(kind) ? silent(kind) : undefined));
    expect(await chosenAfter()).to.be.below(limits.rangePatienceMs + 2_000);
    expect(asked.get('cid')!.filter((kind) => ABOUT.includes(kind))).to.have.length(1);
  });

  it('does not wait for those who answer about an offer just in time, again and again', async () => {
    for (const name of ['ann', 'bob']) {
      const pruned = await serve(name, async (kind) => (kind === 'headers' ? NOTHING : undefined));
      await pruned.hold();
    }
    for (const name of ['cid', ...GUESTS.slice(0, 5)]) {
      await chain.grow(5);
      await (await serve(name, (kind) => (kind === 'headers' ? inTime() : undefined))).hold();
    }
    expect(await chosenAfter()).to.be.below(limits.requestTimeoutMs + 1_000);
  });

  it('takes no state from a member without a vote, however new, while an authority offers one of its chain', async () => {
    await (await serve('ann')).hold();
    await chain.grow(5);
    for (const guest of GUESTS.slice(0, 2))
      await serve(guest, (kind) => (kind === 'entries' ? silent(kind) : undefined));
    expect(await chosenAfter()).to.be.below(limits.requestTimeoutMs + 1_000);
    expect(asked.get('ann')).to.include('pages');
    for (const guest of GUESTS.slice(0, 2)) expect(asked.get(guest)).not.to.include('pages');
  });

  const silent: Lie = () => {
    times.push(clock.now());
    return new Promise(() => {});
  };
  const inTime = async (): Promise<Bytes> => {
    await new Promise<void>((resolve) => clock.after(limits.rangePatienceMs - 100, resolve));
    return NOTHING;
  };

  /** @returns after how long a member was chosen: it is asked for pages. */
  async function chosenAfter(): Promise<number> {
    const own = await started();
    await Ledger.open(new BlockStore(own, 100), chain.world.genesis);
    await own.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    let joined: Promise<boolean> | undefined;
    stops.push(async () => void (await joined));
    const network = await connect('eve', async () => NOTHING);
    const since = clock.now();
    const ports = { store: own, network, clock, log: quiet, verify: verifyHash };
    const join = new SnapshotJoin(ports, chain.world.genesis);
    joined = join.run();
    stops.push(async () => join.stop());
    await eventually(
      () => [...asked.values()].flat().includes('pages'),
      () => moment(),
    );
    return clock.now() - since;
  }

  async function serve(name: string, lie: Lie = () => undefined) {
    const snapshots = new SnapshotServer({ store, ledger: chain.ledger, clock, log: quiet });
    const protocols = serveChain(chain.ledger);
    const mine: string[] = [];
    asked.set(name, mine);
    await connect(name, async (protocol, bytes) => {
      const request = decodeSnapshotRequest(bytes);
      const isOfStates = protocol === SNAPSHOT_PROTOCOL && request.kind === 'accept';
      const kind = isOfStates ? request.value.kind : 'range';
      mine.push(kind);
      const lied = await lie(kind);
      if (lied !== undefined) return lied;
      return isOfStates ? snapshots.answer(bytes) : answerOf(protocols, protocol, bytes);
    });
    stops.push(() => snapshots.stop());
    return {
      /** From now on it offers the state of this moment. */
      async hold() {
        await snapshots.answer(encodeSnapshotRequest({ kind: 'offer', above: 0 }));
      },
    };
  }

  async function connect(name: string, answer: (protocol: string, bytes: Bytes) => Promise<Bytes>) {
    const network = await answering(hub, name, members, answer);
    stops.push(() => network.stop());
    return network;
  }

  /** Time passes, and what it has brought about happens. */
  async function moment(): Promise<void> {
    clock.pass(20);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
});

async function started(): Promise<MemoryStore> {
  const made = createMemoryStore();
  await made.start();
  return made;
}
