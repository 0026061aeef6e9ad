import { expect } from 'chai';
import type { EventKind } from '../../../chain/kind/event.ts';
import { limits } from '../../../core/limits.ts';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import { EventFeed, type PlacedEvent, type Position } from '../../../node/ledger/event-feed.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { Pruner } from '../../../node/ledger/prune.ts';
import { eventsRange, heightOfEvents } from '../../../store/keyspaces.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { ManualClock } from '../../tracker/world.ts';
import { eventually } from '../eventually.ts';
import { finalisedChain } from '../finalised-chain.ts';
import { quiet } from '../replicas.ts';

const START: Position = { height: 1, index: 0 };
const PLENTY = { events: 1_000, looked: { blocks: 1_000, events: 1_000 } };
const turn = () => new Promise(setImmediate);

describe('what blocks did', () => {
  it('is on the disk for every final block and for no other, wherever the disk was cut off', async () => {
    const heads = new Set<number>();
    for (let kept = 0; kept <= 8; kept++) {
      const store = createMemoryStore();
      await store.start();
      const chain = await finalisedChain(store, 10);
      const { world } = chain;
      await chain.grow(2, 2);
      await chain.commit([]);
      await chain.grow(1, 1);
      store.crash({ keep: kept });
      await store.start();
      const ledger = await Ledger.open(new BlockStore(store, 10), world.genesis);
      const { height: head } = ledger.head().header;
      heads.add(head);
      const rows = await store.range({ ...eventsRange(0), limit: 100 });
      expect(rows.map(([key]) => heightOfEvents(key))).to.deep.equal(upTo(head));
      for (const [index, { block, events }] of world.blocks.slice(0, head).entries()) {
        const { height, time } = block.header;
        expect(ledger.blocks.events(index + 1)).to.deep.equal({ height, time, events });
      }
    }
    expect([...heads].sort()).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it('is told once and in order from where one asks, whatever becomes final meanwhile', async () => {
    const { chain, feed } = await opened();
    await chain.grow(20, 1);
    const heights: number[] = [];
    const follower = feed.follow({
      from: 5,
      async take({ height }) {
        heights.push(height);
        if (height === 10 || height === 20) await chain.grow(3, 1);
        await turn();
      },
    });
    expect(follower.isAtHead).to.equal(false);
    await follower.caughtUp();
    expect(follower.isAtHead).to.equal(true);
    expect(heights).to.deep.equal(upTo(26).slice(4));
    await chain.grow(2, 1);
    await follower.caughtUp();
    expect(heights).to.deep.equal(upTo(28).slice(4));
    await follower.stop();
    await chain.grow(1, 1);
    expect(heights).to.have.length(24);
  });

  it('is told at the head within the commit', async () => {
    const { chain, feed } = await opened();
    await chain.grow(3, 1);
    const told: [number, EventKind[]][] = [];
    const advanced: number[] = [];
    feed.follow({ take: ({ height, events }) => void told.push([height, events.map(({ kind }) => kind)]) });
    chain.ledger.onAdvanced(() => advanced.push(told.length));
    await chain.grow(1, 2);
    await chain.commit([]);
    expect(told).to.deep.equal([
      [4, ['registered', 'registered']],
      [5, []],
    ]);
    expect(advanced).to.deep.equal([1, 2]);
  });

  it('waits on the disk for who is slow, and in no queue', async () => {
    const { chain, feed, store } = await opened();
    const { promise, resolve } = Promise.withResolvers<void>();
    const heights: number[] = [];
    const follower = feed.follow({
      take({ height }) {
        heights.push(height);
        return height === 1 ? promise : undefined;
      },
    });
    await chain.grow(30, 1);
    await turn();
    expect(heights).to.deep.equal([1]);
    const read: number[] = [];
    const { get } = store;
    store.get = (key) => {
      if (key[0] === eventsRange(0).from[0]) read.push(heightOfEvents(key));
      return get.call(store, key);
    };
    resolve();
    await follower.caughtUp();
    expect(heights).to.deep.equal(upTo(30));
    expect(read).to.deep.equal(upTo(30).slice(1));
  });

  it('is left to another way where it is not kept, and told again behind that', async () => {
    const { chain, feed } = await pruned();
    const oldest = await feed.oldest();
    expect(oldest).to.equal(chain.ledger.blocks.base()).and.to.be.greaterThan(10);
    const heights: number[] = [];
    let asked = 0;
    const follower = feed.follow({
      from: 3,
      take: ({ height }) => void heights.push(height),
      async lost() {
        asked += 1;
        const { height } = chain.ledger.head().header;
        await chain.grow(4, 1); // finds nobody at the head
        return height - 1;
      },
    });
    const { height: before } = chain.ledger.head().header;
    await follower.caughtUp();
    expect(asked).to.equal(1);
    expect(heights).to.deep.equal(upTo(before + 4).slice(before - 2));
    expect(feed.at(oldest)).to.include({ height: oldest });
    expect(feed.at(oldest - 1)).to.equal(undefined);
  });

  for (const way of ['throws', 'rejects'] as const) {
    it(`is not told to one who ${way} any more, and to the others as before`, async () => {
      const { chain, feed, failures } = await opened();
      const wrong = new Error('a full disk');
      const heights: number[] = [];
      let calls = 0;
      const failing = feed.follow({
        take() {
          calls += 1;
          if (way === 'throws') throw wrong;
          return Promise.reject(wrong);
        },
      });
      feed.follow({ take: ({ height }) => void heights.push(height) });
      await chain.grow(3, 1);
      await failing.caughtUp();
      expect(failures).to.deep.equal([wrong]);
      expect(calls).to.equal(1);
      expect(failing.isAtHead).to.equal(false);
      expect(heights).to.deep.equal([1, 2, 3]);
      await failing.stop();
    });
  }

  it('is read in pages that join without a gap, however small they are', async () => {
    const { chain, feed } = await opened();
    const { world } = chain;
    await chain.commit([world.upload('a book', 5n), world.register('new')]);
    await chain.commit([]);
    await chain.grow(3, 4);
    await chain.commit([world.download('a book')]);
    const all = chain.world.blocks.flatMap(({ block, events }) => {
      const { height, time } = block.header;
      return events.map((event, index) => ({ at: { height, index }, time, event }));
    });
    expect(all).to.have.length(4 + 12 + 1);
    for (const events of [1, 2, 3, 5, 100]) {
      for (const blocks of [1, 2, 100]) {
        const pages = await pagesOf(feed, chain.ledger.head().header.height, {
          events,
          looked: { blocks, events: 3 * blocks },
        });
        expect(pages.flat()).to.deep.equal(all);
        expect(Math.max(...pages.map((page) => page.length))).to.be.at.most(events);
      }
    }
    const page = await feed.read(START, ({ kind }) => kind === 'purchased', PLENTY);
    expect(page).to.deep.equal({
      kind: 'page',
      events: all.slice(-1),
      next: { height: 7, index: 0 },
      looked: { blocks: 6, events: all.length },
    });
    // Genesis has done nothing, behind the last event of a block comes the next block, and nothing is there yet.
    for (const [from, first] of [
      [{ height: 0, index: 0 }, 0],
      [{ height: 1, index: 9 }, 4],
      [{ height: 9, index: 2 }, all.length],
    ] as const) {
      const next = await feed.read(from, () => true, PLENTY);
      expect(next.kind === 'page' && next.events).to.deep.equal(all.slice(first));
    }
  });

  it('is not read from where it is pruned: the first block that is kept is named', async () => {
    const { chain, feed } = await pruned();
    const oldest = await feed.oldest();
    const before = { height: oldest - 1, index: 0 };
    expect(await feed.read(before, () => true, PLENTY)).to.deep.equal({ kind: 'pruned', oldest });
    const kept = await feed.read({ height: oldest, index: 0 }, () => true, PLENTY);
    expect(kept.kind === 'page' && kept.next.height).to.equal(chain.ledger.head().header.height + 1);
  });

  it('is awaited until it happens, for a while, and by so many', async () => {
    const { chain, feed, clock } = await opened();
    expect(await feed.oldest()).to.equal(1);
    const answers: string[] = [];
    const wait = async (height: number, ms: number) => {
      const there = await feed.news(height, ms);
      answers.push(`${height} ${there}`);
    };
    const short = wait(1, 1_000);
    const long = [wait(1, 30_000), wait(2, 30_000)];
    clock.move(1_000);
    await short;
    expect(answers).to.deep.equal(['1 false']);
    await chain.grow(1, 1);
    await long[0];
    expect(answers).to.deep.equal(['1 false', '1 true']);
    await wait(1, 30_000); // is there
    const others = Array.from({ length: limits.eventsWaitingMax - 1 }, () => wait(3, 30_000));
    answers.length = 0;
    await wait(4, 30_000); // one too many
    expect(answers).to.deep.equal(['4 false']);
    feed.stop();
    await Promise.all([...long, ...others]);
    expect(answers.filter((answer) => answer.endsWith('false'))).to.have.length(limits.eventsWaitingMax + 1);
    await wait(3, 30_000); // nobody will tell
    expect(clock.waiting).to.equal(0);
  });
});

async function opened() {
  const store = createMemoryStore();
  await store.start();
  const chain = await finalisedChain(store, 10);
  const clock = new ManualClock();
  const failures: unknown[] = [];
  const feed = new EventFeed({
    ...{ ledger: chain.ledger, clock },
    yieldToLoop: async () => {},
    failed: (error) => void failures.push(error),
  });
  return { store, chain, clock, feed, failures };
}

/** Of thirty blocks the first are gone. */
async function pruned() {
  const { store, chain, feed } = await opened();
  const failed = (error: unknown): void => {
    throw error;
  };
  const ports = { store, ledger: chain.ledger, log: quiet, yieldToLoop: async () => {}, failed };
  const pruner = new Pruner(ports, { blocksKept: 5, blocksPerBatch: 10 });
  await chain.grow(30, 1);
  await pruner.start();
  await eventually(() => chain.ledger.blocks.base() > 20);
  await pruner.stop();
  return { chain, feed };
}

/** From the first block to the head. */
async function pagesOf(feed: EventFeed, head: number, most: typeof PLENTY) {
  const pages: (readonly PlacedEvent[])[] = [];
  for (let from = START; from.height <= head; ) {
    const page = await feed.read(from, () => true, most);
    if (page.kind !== 'page') throw new Error(page.kind);
    pages.push(page.events);
    from = page.next;
  }
  return pages;
}

function upTo(height: number): number[] {
  return Array.from({ length: height }, (_, index) => index + 1);
}
