import { expect } from 'chai';
import fc from 'fast-check';
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import type { CatalogueChanges, CatalogueFile } from '../../../catalogue/changes.ts';
import type { State } from '../../../chain/block/execute.ts';
import { file } from '../../../chain/queries.ts';
import { SPACES } from '../../../chain/state/keys.ts';
import { toHex } from '../../../core/bytes.ts';
import type { Hash32 } from '../../../core/scalars.ts';
import { CatalogueFeed } from '../../../node/content/catalogue-feed.ts';
import { EventFeed } from '../../../node/ledger/event-feed.ts';
import type { Following } from '../../../node/ledger/follower.ts';
import type { Ledger } from '../../../node/ledger/ledger.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { everything } from '../../chain/everything.ts';
import { history, play } from '../../chain/history.ts';
import { hashOf, keyOf, stateOf, type World } from '../../chain/world.ts';
import { ManualClock } from '../../tracker/world.ts';
import { finalisedChain } from '../finalised-chain.ts';
import { quiet } from '../replicas.ts';

describe('the catalogue of final blocks', () => {
  it('holds after any history what the state holds: no file comes or goes without an event', async () => {
    const property = fc.asyncProperty(history, async (wanted) => expectSame(play(wanted).world));
    await fc.assert(property, { numRuns: 200 });
    await expectSame(everything());
  });

  it('has each change within the commit of its block', async () => {
    const { chain, catalogue, feed } = await opened();
    await feed.start();
    await chain.commit([chain.world.upload('a book', 5n)]);
    expect(catalogue.told).to.deep.equal(['1 +1 -0']);
    await chain.commit([chain.world.download('a book')]);
    await chain.commit([chain.world.propose({ kind: 'take-down', hash: hashOf('a book') }, 'ann')]);
    expect(catalogue.told).to.deep.equal(['1 +1 -0']); // neither has changed a file
    await feed.stop();
    expect(catalogue.told).to.deep.equal(['1 +1 -0', '3 +0 -0']);
  });

  it('goes on from where it has come to', async () => {
    const { chain, catalogue, feed, again } = await opened();
    await feed.start();
    await chain.commit([chain.world.upload('a book', 5n)]);
    await feed.stop();
    catalogue.told.length = 0;
    await chain.commit([chain.world.upload('another', 6n)]);
    await chain.grow(3, 1);
    const next = again();
    await next.start();
    expect(catalogue.told).to.deep.equal(['2 +1 -0']);
    expect(catalogue.names()).to.have.members(['a book', 'another']);
    await next.stop();
  });

  it('keeps no queue while it is slow, and misses nothing', async () => {
    const { chain, catalogue, feed, again } = await opened();
    await feed.start();
    const { promise, resolve } = Promise.withResolvers<void>();
    catalogue.holdUp = promise;
    const names = Array.from({ length: 20 }, (_, index) => `book ${index}`);
    for (const name of names) await chain.commit([chain.world.upload(name, 5n)]);
    await new Promise(setImmediate);
    expect(catalogue.asked).to.equal(1);
    resolve();
    await feed.stop(); // takes what it was taking
    expect(catalogue.names()).to.deep.equal(['book 0']);
    expect(await catalogue.height()).to.equal(1);
    await again().start();
    expect(catalogue.names()).to.have.members(names);
  });

  it('is made anew when it is of another chain, or of a longer one', async () => {
    const { chain, catalogue, feed } = await opened();
    await chain.commit([chain.world.upload('a book', 5n)]);
    await catalogue.apply(7, {
      added: [{ hash: keyOf('x'), name: 'old', size: 1n, height: 7 }],
      removed: [],
    });
    await feed.start();
    expect(catalogue.names()).to.deep.equal(['a book']);
    await feed.stop();
    expect(await catalogue.height()).to.equal(1);
  });
});

/** What an index would hold, and what it was told: height, files added, files removed. */
class CatalogueInMemory implements Catalogue {
  readonly files = new Map<string, CatalogueFile>();
  readonly told: string[] = [];
  asked = 0;
  holdUp: Promise<void> | undefined;
  #height = -1;

  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  async height(): Promise<number> {
    return this.#height;
  }
  async apply(height: number, { added, removed }: CatalogueChanges): Promise<void> {
    this.asked += 1;
    if (this.holdUp === undefined) this.#apply(height, { added, removed });
    else await this.holdUp.then(() => this.#apply(height, { added, removed }));
  }
  async load(files: readonly CatalogueFile[]): Promise<void> {
    for (const one of files) this.files.set(toHex(one.hash), one);
  }
  async reset(): Promise<void> {
    this.files.clear();
    this.#height = -1;
  }
  async search(): Promise<never> {
    throw new Error('nobody searches');
  }
  async ofSize(): Promise<never> {
    throw new Error('nobody asks for a size');
  }
  names(): string[] {
    return [...this.files.values()].map(({ name }) => name);
  }
  #apply(height: number, { added, removed }: CatalogueChanges): void {
    if (height <= this.#height) return;
    this.told.push(`${height} +${added.length} -${removed.length}`);
    for (const one of added) this.files.set(toHex(one.hash), one);
    for (const hash of removed) this.files.delete(toHex(hash));
    this.#height = height;
  }
}

function feedPorts(ledger: Ledger) {
  const failed = (error: unknown): void => {
    throw error;
  };
  return {
    ledger,
    events: new EventFeed({ ledger, clock: new ManualClock(), yieldToLoop: async () => {}, failed }),
  };
}

async function opened() {
  const store = createMemoryStore();
  await store.start();
  const chain = await finalisedChain(store, 10);
  const catalogue = new CatalogueInMemory();
  const again = () => new CatalogueFeed({ ...feedPorts(chain.ledger), catalogue, log: quiet });
  return { chain, catalogue, again, feed: again() };
}

/** Tells the blocks of a world one by one, as a commit would, and compares with the state that each of them leaves. */
async function expectSame(world: World): Promise<void> {
  const catalogue = new CatalogueInMemory();
  let head: State = stateOf(world.genesis);
  let following: Following | undefined;
  const feed = new CatalogueFeed({
    ledger: { head: () => head } as unknown as Ledger,
    events: {
      follow(given) {
        following = given;
        return { isAtHead: true, caughtUp: async () => {}, stop: async () => {} };
      },
    },
    catalogue,
    log: quiet,
  });
  await feed.start();
  const hashes = new Map<string, Hash32>();
  for (const { block, state, events, writes } of world.blocks) {
    head = state;
    const { height, time } = block.header;
    await following?.take({ height, time, events });
    const files = writes.filter(({ key }) => key[0] === SPACES.file).map(({ key }) => key.subarray(1));
    for (const hash of files) hashes.set(toHex(hash), hash);
    const there = [...hashes.values()].flatMap((hash) => file(state.view, hash) ?? []);
    const found = [...catalogue.files.values()].map(lineOf);
    expect(found).to.have.members(there.filter(({ takenDown }) => !takenDown).map(lineOf));
  }
}

function lineOf({ hash, name, size, height }: CatalogueFile): string {
  return `${toHex(hash)} ${name} ${size} ${height}`;
}
