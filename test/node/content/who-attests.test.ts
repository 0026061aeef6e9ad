/** Seven libraries and one ledger: who of them fetches an upload and attests it, as time passes, and who never does. */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { file } from '../../../chain/queries.ts';
import type { Transaction } from '../../../chain/transaction/transaction.ts';
import { limits } from '../../../core/limits.ts';
import { genesisOf, hashOf, keyOf, World } from '../../chain/world.ts';
import { ManualClock } from '../../tracker/world.ts';
import { eventually } from '../eventually.ts';
import { ArchivistDesk, uploadsOf } from './archivist-desk.ts';

const MEMBERS = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay', 'gus'];
const SPONSOR = 'ann';
const READER = 'kim';
const BOOKS = ['A', 'B', 'C', 'D', 'E'];
const STEP_MS = 10_000;
/** After so long every library has looked through what is pending once more. */
const LOOK_MS = 30_000;

/** The others in the order of the issue, by hand: the highest SHA-256("digitallib/home/1" ‖ file ‖ key) first. */
function drawn(book: string): string[] {
  const score = (name: string): string =>
    createHash('sha256').update('digitallib/home/1').update(hashOf(book)).update(keyOf(name)).digest('hex');
  return MEMBERS.filter((name) => name !== SPONSOR).sort((a, b) => (score(a) < score(b) ? 1 : -1));
}

class Libraries {
  readonly world: World;
  readonly clock = new ManualClock();
  readonly #desks: ReadonlyMap<string, ArchivistDesk>;

  constructor(attestations: number) {
    const members = MEMBERS.map((name) => {
      return { key: keyOf(name), name, addresses: [], tracker: '', api: '' };
    });
    const world = new World({ ...genesisOf({ attestations }), members });
    const { clock } = this;
    this.world = world;
    this.#desks = new Map(MEMBERS.map((self) => [self, new ArchivistDesk({ self, world, clock })]));
    for (const { archivist } of this.#desks.values()) archivist.start();
  }

  /** @returns when everybody has done what there is to do at once. */
  async run(transactions: readonly Transaction[]): Promise<void> {
    const { events } = this.world.run(transactions);
    this.clock.time = this.world.time;
    for (const desk of this.#desks.values()) desk.hear(events);
    await quiet();
  }

  at(name: string): ArchivistDesk {
    return this.#desks.get(name)!;
  }

  /** Who has ever begun to fetch it, by name. */
  fetching(book: string): string[] {
    return MEMBERS.filter((name) => this.at(name).begun.includes(book));
  }

  attesting(book: string): string[] {
    return MEMBERS.filter((name) => this.at(name).attested.includes(book));
  }

  endAll(verdict: 'kept' | 'file.not-available'): void {
    for (const desk of this.#desks.values()) {
      for (const { name } of [...desk.fetches]) desk.end(name, verdict);
    }
  }

  /** Nobody gets a byte meanwhile. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.clock.move(Math.min(left, STEP_MS));
      await quiet();
      this.endAll('file.not-available');
      await quiet();
    }
  }

  async stop(): Promise<void> {
    for (const { archivist } of this.#desks.values()) archivist.stop();
    this.endAll('file.not-available');
    for (const { archivist } of this.#desks.values()) await archivist.drained();
  }
}

/** Whatever is promised is done: no library waits for anything but its clock and its archive. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
}

const sorted = (names: readonly string[]): string[] => [...names].sort();

describe('of seven libraries an upload is fetched and attested', () => {
  let libraries: Libraries;
  const open = (attestations: number): Libraries => {
    libraries = new Libraries(attestations);
    return libraries;
  };
  afterEach(() => libraries.stop());

  it('by those that its hash draws, as many as are wanted beside the sponsor, and by no others', async () => {
    const { world } = open(3);
    await libraries.run(uploadsOf(world, BOOKS, READER, SPONSOR));
    for (const book of BOOKS) expect(libraries.fetching(book)).to.deep.equal(sorted(drawn(book).slice(0, 2)));
    libraries.endAll('kept');
    await quiet();
    for (const book of BOOKS)
      expect(libraries.attesting(book)).to.deep.equal(sorted(drawn(book).slice(0, 2)));
    expect(new Set(BOOKS.flatMap((book) => drawn(book).slice(0, 2))).size, 'not always the same').to.be.above(
      2,
    );
  });

  it('by two more for every ten minutes without success, and in between by nobody else', async () => {
    const { world } = open(2);
    await libraries.run(uploadsOf(world, BOOKS, READER, SPONSOR));
    let count = 1;
    for (const stretch of [1, 2, 3]) {
      await libraries.pass(limits.attestPatienceMs - (stretch === 1 ? 1 : LOOK_MS));
      for (const book of BOOKS)
        expect(libraries.fetching(book), `${stretch}`).to.deep.equal(sorted(drawn(book).slice(0, count)));
      await libraries.pass(LOOK_MS);
      count += 2;
      for (const book of BOOKS)
        expect(libraries.fetching(book), `${stretch}`).to.deep.equal(sorted(drawn(book).slice(0, count)));
    }
    expect(count, 'then there are no more').to.be.at.least(MEMBERS.length - 1);
    expect(
      BOOKS.flatMap((book) => libraries.attesting(book)),
      'nobody has read it',
    ).to.deep.equal([]);
  });

  it('by nobody more, however late it is, once those that were drawn have attested it', async () => {
    const { world } = open(3);
    await libraries.run(uploadsOf(world, BOOKS, READER, SPONSOR));
    libraries.endAll('kept');
    await quiet();
    const words = BOOKS.flatMap((book) =>
      libraries.attesting(book).map((name) => world.attest(book, name, READER)),
    );
    await libraries.run(words);
    const isAvailable = (book: string): boolean => file(world.state.view, hashOf(book)) !== undefined;
    expect(BOOKS.filter(isAvailable)).to.deep.equal(BOOKS);
    await libraries.pass(4 * limits.attestPatienceMs);
    for (const book of BOOKS) expect(libraries.fetching(book)).to.deep.equal(sorted(drawn(book).slice(0, 2)));
  });

  it('by one that holds the bytes already only when it is drawn', async () => {
    const { world } = open(2);
    const [book] = BOOKS as [string];
    const [first, second, , fourth] = drawn(book) as [string, string, string, string];
    for (const name of [second, fourth]) libraries.at(name).hold(book);
    await libraries.run(uploadsOf(world, [book], READER, SPONSOR));
    await libraries.pass(limits.attestPatienceMs - 1);
    expect(libraries.attesting(book)).to.deep.equal([]);
    await libraries.pass(LOOK_MS);
    await eventually(() => libraries.attesting(book).length > 0);
    expect(libraries.attesting(book)).to.deep.equal([second]);
    expect(libraries.fetching(book)).to.include(first).and.not.to.include(second);
  });
});
