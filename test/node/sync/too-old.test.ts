/** Nobody keeps the blocks that a library lacks, and it may take no state: it knows that it is behind. */
import { expect } from 'chai';
import { createMemoryHub, type MemoryHub } from '../../../network/memory.ts';
import { encodeHead, encodePruned } from '../../../node/ledger/messages.ts';
import { serveChain } from '../../../node/ledger/server.ts';
import { HEAD_PROTOCOL, RANGE_PROTOCOL, SNAPSHOT_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import type { Replica } from '../../../node/replica.ts';
import { SnapshotServer } from '../../../node/sync/snapshot/server.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { hashOf, keyOf, LIBRARIES } from '../../chain/world.ts';
import { answerOf } from '../answer-of.ts';
import { answering } from '../answering.ts';
import { eventually } from '../eventually.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';
import { quiet, registration } from '../replicas.ts';
import { newcomer } from './newcomer.ts';

const BLOCKS = 20;
const members = LIBRARIES.map((name) => ({ key: keyOf(name), addresses: [] }));

describe('blocks that nobody keeps', () => {
  let clock: MovingClock;
  let hub: MemoryHub;
  let chain: FinalisedChain;
  let stops: (() => Promise<void>)[];
  let warned: string[];
  let asked: number;
  let states: SnapshotServer;

  beforeEach(async () => {
    clock = movingClock();
    hub = createMemoryHub({ clock });
    [stops, warned, asked] = [[], [], 0];
    const store = createMemoryStore();
    await store.start();
    chain = await finalisedChain(store);
    for (let i = 0; i < BLOCKS; i++) await grow(`reader ${i}`);
    states = new SnapshotServer({ store, ledger: chain.ledger, clock, log: quiet });
    stops.push(() => states.stop());
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  for (const authorities of [['ann'], LIBRARIES]) {
    it(`keep a library unready that lacks them, for as long as it does (${authorities.length} decide)`, async () => {
      await chain.elect(authorities);
      await serve('ann', { keeps: false });
      const dan = await library();
      await until(() => warned.length > 0);
      for (let second = 0; second < 300; second++) {
        await moment(1_000);
        expect(dan.sync.behind, `${second} s`).to.equal(top());
        expect(dan.sync.isLate).to.equal(true);
      }
      expect(warned, 'said once, with what to do').to.have.length(1);
      expect(warned[0]).to.match(/too old for every member.*--join blocks/);
      expect(asked, 'the member is left in peace').to.be.below(12);
      for (let hour = 0; hour < 60; hour++) await moment(61_000);
      expect(warned).to.have.length(2);
    });
  }

  it('are taken at once from a library that keeps them and comes by', async () => {
    await serve('ann', { keeps: false });
    const dan = await library();
    await until(() => warned.length > 0);
    await serve('bob', { keeps: true });
    const from = clock.now();
    await until(() => height(dan) === top());
    expect(clock.now() - from).to.be.below(5_000);
    expect(dan.sync.isLate).to.equal(false);
  });

  it('are soon given up for a state, also when the first question for one comes to nothing', async () => {
    await serve('ann', { keeps: false });
    let questions = 0;
    const dan = await library(async () => ++questions === 2);
    await until(() => questions === 1);
    const from = clock.now();
    await until(() => questions === 2);
    expect(clock.now() - from).to.be.below(10_000);
    expect(dan.sync.behind, 'and until then it knows that it is behind').to.equal(top());
    expect(warned, 'nothing is to be done').to.deep.equal([]);
  });

  it('are not there because one member says so that can show no state', async () => {
    await serve('bob', { keeps: false, lie: 10 ** 9 });
    await serve('ann', { keeps: true });
    const dan = await library();
    await until(() => height(dan) === top());
    for (let second = 0; second < 300; second++) await moment(1_000);
    expect(dan.sync.behind).to.equal(0);
    expect(dan.sync.isLate).to.equal(false);
  });

  function top(): number {
    return chain.ledger.head().header.height;
  }

  const grow = (reader: string): Promise<void> =>
    chain.commit([registration(chain.world.genesis, reader, 'ann')]);

  /** @param how.lie - a height that it says and cannot show. */
  async function serve(name: string, how: { readonly keeps: boolean; readonly lie?: number }): Promise<void> {
    const protocols = serveChain(chain.ledger);
    const network = await answering(hub, name, members, async (protocol, bytes) => {
      if (protocol === SNAPSHOT_PROTOCOL) return how.lie ? new Uint8Array(0) : states.answer(bytes);
      if (protocol === HEAD_PROTOCOL && how.lie)
        return encodeHead({ height: how.lie, hash: hashOf('a lie') });
      if (protocol !== RANGE_PROTOCOL || how.keeps) return answerOf(protocols, protocol, bytes);
      asked += 1;
      return encodePruned(top());
    });
    stops.push(() => network.stop());
  }

  /** @param lag - as replica.ts has it; without it, dan, at genesis, may not take a state. */
  const library = (lag?: () => Promise<boolean>): Promise<Replica> =>
    newcomer(
      { hub, clock, genesis: chain.world.genesis, stops },
      { log: { warn: (message) => void warned.push(message) }, ...(lag && { lag }) },
    );

  const until = (holds: () => boolean) => eventually(holds, () => moment(20));

  /** Time passes, and what it has brought about happens. */
  async function moment(ms: number): Promise<void> {
    clock.pass(ms);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
});

function height({ ledger }: Replica): number {
  return ledger.head().header.height;
}
