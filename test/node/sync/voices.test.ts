/** Members without a vote, of whom any number may lie: their words are a reason to ask, and for nothing else. */
import { expect } from 'chai';
import { encodeBlock } from '../../../chain/block/block.ts';
import type { Executed } from '../../../chain/block/execute.ts';
import { decodeMessage } from '../../../consensus/messages.ts';
import type { Bytes } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { createMemoryHub, type MemoryHub } from '../../../network/memory.ts';
import {
  decodeRange,
  decodeRangeRequest,
  encodeHead,
  encodePruned,
  encodeRange,
} from '../../../node/ledger/messages.ts';
import { serveChain } from '../../../node/ledger/server.ts';
import { HEAD_PROTOCOL, HEAD_TOPIC, RANGE_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import type { Replica } from '../../../node/replica.ts';
import { ReportedHeads } from '../../../node/sync/reported-heads.ts';
import type { Lag } from '../../../node/sync/snapshot/trigger.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { hashOf, keyOf, LIBRARIES } from '../../chain/world.ts';
import { answerOf } from '../answer-of.ts';
import { answering } from '../answering.ts';
import { eventually } from '../eventually.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';
import { registration } from '../replicas.ts';
import { newcomer } from './newcomer.ts';

/** @returns undefined for what is answered as anybody would. */
type Lie = (protocol: string, from: number, honest: () => Bytes) => Promise<Bytes> | Bytes | undefined;

const members = LIBRARIES.map((name) => ({ key: keyOf(name), addresses: [] }));
const GUESTS = ['a guest', 'another', ...Array.from({ length: 12 }, (_, i) => `guest ${i}`)];
const guests = GUESTS.map((name) => ({ key: keyOf(name), addresses: [] }));
const AHEAD = 5_000;
const NOTHING = encodeRange([]);

describe('the words of members without a vote', () => {
  let clock: MovingClock;
  let hub: MemoryHub;
  let chain: FinalisedChain;
  let made: Executed[];
  let stops: (() => Promise<void>)[];
  let gossips: Map<string, (height: number) => void>;
  /** Ranges that were asked of each: from where. */
  let asked: Map<string, number[]>;

  beforeEach(async () => {
    clock = movingClock();
    hub = createMemoryHub({ clock });
    [made, stops, gossips, asked] = [[], [], new Map(), new Map()];
    const store = createMemoryStore();
    await store.start();
    chain = await finalisedChain(store, 1_000);
    chain.ledger.onCommit((executed) => void made.push(executed));
    await chain.elect(LIBRARIES); // one of four may lie
    await grow(5);
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  it('make nobody unready who stands at the head, however many true blocks come with them, one by one', async () => {
    await serveAll(['ann', 'bob', 'cid']);
    const dan = await library();
    await until(() => height(dan) === top());
    const known: number[] = [];
    await serve('a guest', async (protocol, from, honest) => {
      if (protocol === HEAD_PROTOCOL) return farAhead();
      if (protocol !== RANGE_PROTOCOL) return honest();
      known.push(height(dan) - from + 1);
      await wait(1_500);
      for (let waited = 0; waited < 1_300 && top() < from; waited += 20) await wait(20);
      return one(honest());
    });
    const unready: number[] = [];
    for (let second = 0; second < 150; second++) {
      await grow(1);
      await consensus(dan); // it is one of those who make them
      await moment(1_000);
      if (dan.sync.behind > 0 || dan.sync.isLate) unready.push(second);
    }
    expect(known.length, 'it was asked').to.be.greaterThan(0);
    expect(unready).to.deep.equal([]);
    expect(Math.max(...known), 'nobody is asked for what we have').to.equal(0);
    expect(known.length, 'and is left when it brings nothing new').to.be.below(20);
  });

  it('keep no attempt open with empty answers, in turn, where no block is made', async () => {
    await serveAll(['ann', 'bob', 'cid']);
    const dan = await library();
    await until(() => height(dan) === top());
    const liars = ['a guest', 'another'];
    for (const liar of liars) await serve(liar, emptyAfter(2_300));
    for (let second = 0; second < 600; second++) {
      await moment(1_000);
      expect(dan.sync.behind).to.equal(0);
    }
    for (const liar of liars) expect(asked.get(liar)?.length, liar).to.be.within(1, 10);
  });

  it('keep no attempt open with blocks that lead to no certificate, one after the other', async () => {
    await serveAll(['ann', 'bob', 'cid']);
    const dan = await library();
    await until(() => height(dan) === top());
    await serve('a guest', async (protocol, from, honest) => {
      if (protocol === HEAD_PROTOCOL) return farAhead();
      if (protocol !== RANGE_PROTOCOL) return honest();
      await wait(1_200);
      const { block } = made.at(-1)!;
      const madeUp = encodeBlock({ ...block, header: { ...block.header, height: from } });
      return encodeRange([{ block: madeUp, certificate: undefined }]);
    });
    await moment(300_000);
    const from = asked.get('a guest')!;
    expect(Math.max(...from) - top(), 'blocks of one attempt').to.be.within(2, 120_000 / 1_200 + 1);
    expect(from.filter((one) => one === top() + 1).length, 'attempts').to.be.at.least(2);
    expect(dan.sync.behind).to.equal(0);
  });

  it('do not keep a library from asking for a state that it needs, when many have pruned what comes next', async () => {
    for (const name of ['ann', 'bob', 'cid'])
      await serve(name, (protocol) => (protocol === RANGE_PROTOCOL ? encodePruned(top()) : undefined));
    for (const guest of ['a guest', 'another']) await serve(guest, emptyAfter(1_200));
    const lags: Lag[] = [];
    const since = clock.now();
    gossipFalsely(['a guest', 'another']);
    await library(async (_, lag) => {
      lags.push(lag);
      return false;
    });
    await until(() => lags.some(({ why }) => why === 'pruned by many') || clock.now() - since > 120_000);
    expect(clock.now() - since).to.be.below(2 * limits.requestTimeoutMs);
  });

  it('do not do so either when they say that they are very far ahead, and are silent when they are to show it', async () => {
    for (const name of ['ann', 'bob'])
      await serve(name, (protocol) => (protocol === RANGE_PROTOCOL ? encodePruned(top()) : undefined));
    for (const guest of GUESTS) await serve(guest, emptyAfter(100, 3 * limits.snapshotBehindBlocks));
    const lags: Lag[] = [];
    const since = clock.now();
    await library(async (_, lag) => {
      if (lag.why === 'far') return new Promise<never>(() => {});
      lags.push(lag);
      return false;
    });
    await until(() => lags.some(({ why }) => why === 'pruned by many') || clock.now() - since > 120_000);
    expect(clock.now() - since).to.be.below(2 * limits.requestTimeoutMs);
  });

  it('do not keep an observer from following, when they answer just in time and with nothing', async () => {
    await serveAll(['ann', 'bob', 'cid']);
    const dan = await library();
    await until(() => height(dan) === top());
    for (const guest of ['a guest', 'another']) await serve(guest, emptyAfter(2_850));
    gossipFalsely(['a guest', 'another']);
    let [late, looks] = [0, 0];
    for (let second = 0; second < 180; second++) {
      await grow(1);
      for (const gossip of gossips.values()) gossip(top());
      for (let step = 0; step < 4; step++, looks++) {
        await moment(250);
        if (dan.sync.isLate) late += 1;
      }
    }
    expect(late / looks, `late in ${late} of ${looks} looks`).to.be.below(0.05);
  });

  it('bring up an observer that meets nobody else, by blocks that verify', async () => {
    await grow(200);
    await serve('a guest', async (protocol, _, honest) => {
      if (protocol === RANGE_PROTOCOL) await wait(1_000);
      return honest();
    });
    await serve('another', emptyAfter(2_000));
    const dan = await library();
    const since = clock.now();
    await until(() => height(dan) === top());
    expect(clock.now() - since).to.be.below(60_000);
    expect(dan.sync.behind).to.equal(0);
  });

  it('are heard more and more seldom when they go on being empty, and are heard again when they end', () => {
    const [liar, honest] = [keyOf('a guest'), keyOf('ann')];
    const reported = new ReportedHeads({ clock, network: { peers: () => [liar, honest] } });
    const heardAt: number[] = [];
    for (let minute = 0; minute < 6 * 60; minute++) {
      for (; !reported.isSpent(liar); reported.wasEmpty(liar)) heardAt.push(minute);
      clock.pass(60_000);
    }
    expect(heardAt.slice(0, 5)).to.deep.equal([0, 0, 0, 1, 3]);
    expect(heardAt.length, 'in six hours').to.be.below(35);
    clock.pass(limits.emptyWordForgottenMs * heardAt.length);
    expect(reported.isSpent(liar)).to.equal(false);
    expect(reported.isSpent(honest)).to.equal(false);
  });

  function emptyAfter(ms: number, ahead = AHEAD): Lie {
    return async (protocol, _, honest) => {
      if (protocol === HEAD_PROTOCOL) return farAhead(ahead);
      if (protocol !== RANGE_PROTOCOL) return honest();
      await wait(ms);
      return NOTHING;
    };
  }

  function farAhead(ahead = AHEAD): Bytes {
    return encodeHead({ height: top() + ahead, hash: hashOf('a head') });
  }

  async function grow(count: number): Promise<void> {
    for (let i = 0; i < count; i++)
      await chain.commit([registration(chain.world.genesis, `reader ${made.length}`, 'ann')]);
  }

  function top(): number {
    return chain.ledger.head().header.height;
  }

  /** What is final comes by votes, and not by synchronisation. */
  async function consensus({ ledger, engine }: Replica): Promise<void> {
    for (const { block, hash, transactions } of made.slice(-2)) {
      const { height } = ledger.head().header;
      const message = decodeMessage(chain.ledger.blocks.at(block.header.height)!.certificate!);
      if (block.header.height !== height + 1 || message.kind !== 'accept') continue;
      if (message.value.kind !== 'finalization') continue;
      if (ledger.executed(hash) === undefined) ledger.execute(block, transactions);
      await engine.commitSynced(message.value);
    }
  }

  /** So they are asked for their heads again and again. */
  function gossipFalsely(names: readonly string[]): void {
    for (const name of names) gossips.get(name)?.(top() + AHEAD);
    clock.after(150, () => gossipFalsely(names));
  }

  async function serveAll(names: readonly string[]): Promise<void> {
    for (const name of names) await serve(name, () => undefined);
  }

  async function serve(name: string, lie: Lie): Promise<void> {
    const protocols = serveChain(chain.ledger);
    asked.set(name, []);
    const network = await answering(hub, name, members, async (protocol, bytes) => {
      const request = decodeRangeRequest(bytes);
      const from = request.kind === 'accept' ? request.value.from : 0;
      if (protocol === RANGE_PROTOCOL) asked.get(name)!.push(from);
      const honest = (): Bytes => answerOf(protocols, protocol, bytes);
      return (await lie(protocol, from, honest)) ?? honest();
    });
    gossips.set(name, (height) =>
      network.publish(HEAD_TOPIC, encodeHead({ height, hash: hashOf(`${clock.now()}`) })),
    );
    stops.push(() => network.stop());
  }

  /** dan, at genesis. @param lag - as replica.ts has it. */
  const library = (lag?: (peer: PeerKey, lag: Lag) => Promise<boolean>): Promise<Replica> =>
    newcomer({ hub, clock, genesis: chain.world.genesis, stops }, { peers: guests, ...(lag && { lag }) });

  const wait = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const until = (holds: () => boolean) => eventually(holds, () => moment(20));

  /** Time passes, and what it has brought about happens. */
  async function moment(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 20) {
      clock.pass(Math.min(20, ms - passed));
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

function one(answer: Bytes): Bytes {
  const range = decodeRange(answer);
  return range.kind === 'accept' ? encodeRange(range.value.slice(0, 1)) : answer;
}

function height({ ledger }: Replica): number {
  return ledger.head().header.height;
}
