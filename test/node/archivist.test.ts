/** In which order a library fetches what it should attest, with the rules of the ledger and an archive that a test fills. */
import { assert, expect } from 'chai';
import type { Action } from '../../chain/action.ts';
import { SPACES } from '../../chain/keys.ts';
import { account, file, parameters } from '../../chain/queries.ts';
import type { Transaction } from '../../chain/transaction.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { Archivist } from '../../node/archivist.ts';
import type { Holding } from '../../node/holding.ts';
import type { Ledger } from '../../node/ledger.ts';
import type { MetainfoStore } from '../../node/metainfo-store.ts';
import { systemRandom } from '../../node/random.ts';
import { Sponsor } from '../../node/sponsor.ts';
import type { Archive } from '../../tracker/archive/archive.ts';
import type { Turn } from '../../tracker/archive/fetches.ts';
import type { Metainfo } from '../../tracker/metainfo.ts';
import { genesisOf, hashOf, keyOf, LIBRARIES, seedOf, storedBy, World } from '../chain/world.ts';
import { LogInMemory, ManualClock } from '../tracker/world.ts';
import { eventually } from './eventually.ts';

const SIZE = 1_000n;
const SELF = 'bob';
/** At least as long as between two parts of a look through many. */
const PART_MS = 20;

type Fetch = Turn & {
  readonly name: string;
  end(verdict: Verdict<Metainfo>): void;
  fail(error: Error): void;
};

class Desk {
  /** All attest everything. */
  readonly world = new World(genesisOf({ attestations: LIBRARIES.length }));
  readonly clock = new ManualClock();
  readonly log = new LogInMemory();
  /** Under way. */
  readonly fetches: Fetch[] = [];
  /** Files, by name, in the order in which they were begun. */
  readonly begun: string[] = [];
  readonly attested: string[] = [];
  /** Files, by name, that the archive was asked for. */
  readonly looks: string[] = [];
  readonly #names = new Map<string, string>();
  readonly #held = new Set<string>();
  readonly #listeners: ((block: unknown, events: readonly unknown[]) => void)[] = [];
  readonly archivist: Archivist;

  constructor(replicate = false) {
    this.clock.time = this.world.time;
    const key = keyOf(SELF);
    this.archivist = new Archivist({
      ledger: this.#ledger(),
      archive: this.#archive(),
      metainfos: {
        obtain: async (hash: Uint8Array) => this.#metainfo(hash),
        put: async () => {},
      } as unknown as MetainfoStore,
      holding: {
        fits: () => true,
        isHeldBy: async () => true,
        metainfoOf: async (hash: Uint8Array) => this.#metainfo(hash),
      } as unknown as Holding,
      sponsor: new Sponsor({
        ...{ chainId: this.world.chainId, seed: seedOf(SELF), key },
        ...{ clock: this.clock, random: systemRandom },
      }),
      ...{ clock: this.clock, log: this.log, replicate },
      enter: async ({ transaction }) => {
        assert(transaction.kind === 'attest');
        this.attested.push(this.#nameOf(transaction.hash));
        return accept();
      },
    });
  }

  decide(action: Action): void {
    const { events } = this.world.decide(action);
    for (const listener of this.#listeners) listener({}, events);
  }

  run(transactions: readonly Transaction[]): void {
    const { events } = this.world.run(transactions);
    for (const listener of this.#listeners) listener({}, events);
  }

  /** By the reader of that name, who is registered with it. */
  uploads(names: readonly string[], reader: string, sponsor = 'ann'): Transaction[] {
    for (const name of names) this.#names.set(toHex(hashOf(name)), name);
    const sponsored = { sponsor: keyOf(sponsor) };
    return [
      this.world.register(reader),
      ...names.map((name) => this.world.upload(name, SIZE, reader, sponsored)),
    ];
  }

  end(name: string, verdict: 'kept' | 'archive.busy' | 'file.not-available'): void {
    const at = this.fetches.findIndex((one) => one.name === name);
    const [fetch] = this.fetches.splice(at, 1);
    if (verdict === 'kept') this.#held.add(toHex(hashOf(name)));
    fetch!.end(verdict === 'kept' ? accept(this.#metainfo(hashOf(name))) : reject(verdict));
  }

  #nameOf(hash: Uint8Array): string {
    return this.#names.get(toHex(hash))!;
  }

  #metainfo(hash: Uint8Array): Metainfo {
    const pieces = new Uint8Array(20);
    return { name: this.#nameOf(hash), size: Number(SIZE), hash, pieceLength: 16_384, pieces, layer: hash };
  }

  #ledger(): Ledger {
    const { world } = this;
    const range = async ({ from, limit }: { readonly from: Uint8Array; readonly limit: number }) =>
      [...storedBy(world).values.keys()]
        .filter((key) => Number.parseInt(key.slice(0, 2), 16) === SPACES.bringing)
        .sort()
        .map((key) => [Buffer.concat([from.subarray(0, 1), Buffer.from(key, 'hex')]), Buffer.alloc(0)])
        .filter(([key]) => Buffer.compare(key!, from) >= 0)
        .slice(0, limit);
    return {
      genesis: world.genesis,
      head: () => world.state,
      onCommit: (listener: (block: unknown, events: readonly unknown[]) => void) =>
        void this.#listeners.push(listener),
      blocks: { store: { range } },
    } as unknown as Ledger;
  }

  #archive(): Archive {
    return {
      has: (hash: Uint8Array) => {
        this.looks.push(this.#nameOf(hash));
        return this.#held.has(toHex(hash));
      },
      metainfo: async (hash: Uint8Array) => this.#metainfo(hash),
      resume: async () => {},
      fetch: (hash: Uint8Array, _: unknown, turn: Turn) => {
        const { promise, resolve, reject: fail } = Promise.withResolvers<Verdict<Metainfo>>();
        const name = this.#nameOf(hash);
        const fetch: Fetch = { ...turn, name, end: resolve, fail };
        turn.signal?.addEventListener('abort', () => {
          this.fetches.splice(this.fetches.indexOf(fetch), 1);
          fail(new Fault('archive.failed', 'the fetch was ended'));
        });
        this.fetches.push(fetch);
        this.begun.push(name);
        return promise;
      },
    } as unknown as Archive;
  }
}

describe('what a library fetches to attest it', () => {
  const made = (count: number) => Array.from({ length: count }, (_, i) => `made up ${i}`);
  let desk: Desk;
  beforeEach(() => {
    desk = new Desk();
    desk.archivist.start();
  });
  afterEach(async () => {
    desk.archivist.stop();
    for (const { name } of [...desk.fetches]) desk.end(name, 'file.not-available');
    await desk.archivist.drained();
  });
  const full = () => eventually(() => desk.fetches.length === limits.fetchesAtOnceMax);
  const begins = (name: string) => eventually(() => desk.begun.includes(name));

  it('is a reader’s book as soon as a place is free, whatever a stranger has brought before, and without a timer', async () => {
    desk.run(desk.uploads(made(100), 'stranger', 'ann'));
    await full();
    desk.run(desk.uploads(['a book'], 'kim', 'ann'));
    expect(desk.begun).not.to.include('a book');
    desk.end(desk.fetches[0]!.name, 'file.not-available');
    await full();
    desk.end(desk.fetches[0]!.name, 'file.not-available');
    await begins('a book');
    expect(desk.begun.length, 'the next turn but one at most').to.be.at.most(limits.fetchesAtOnceMax + 2);
    desk.end('a book', 'kept');
    await eventually(() => desk.attested.includes('a book'));
  });

  it('loses its turn when others wait, and comes again at once when none does any more', async () => {
    desk.run(desk.uploads(made(limits.fetchesAtOnceMax), 'stranger'));
    await full();
    expect(desk.fetches[0]!.isWaitedFor!(), 'nobody waits').to.equal(false);
    desk.run(desk.uploads(['a book'], 'kim'));
    expect(desk.fetches[0]!.isWaitedFor!()).to.equal(true);
    const [{ name }] = desk.fetches as [Fetch];
    desk.end(name, 'archive.busy');
    await begins('a book');
    expect(desk.fetches.map((one) => one.name)).not.to.include(name);
    desk.end('a book', 'kept');
    await eventually(() => desk.fetches.some((one) => one.name === name));
  });

  it('is no more what has become available meanwhile', async () => {
    desk.run(desk.uploads(['a book', 'another'], 'kim'));
    await eventually(() => desk.fetches.length === 2);
    const all = LIBRARIES.filter((name) => name !== 'ann');
    desk.run(all.map((name) => desk.world.attest('a book', name, 'kim')));
    await eventually(() => desk.fetches.length === 1);
    expect(desk.log.lines, 'it is no fault').to.deep.equal([]);
  });

  it('is what was pending when it ended, also beyond what it looks at in one go', async () => {
    desk.archivist.stop();
    const names = made(limits.pendingLookedAtMax + 5);
    desk.run(desk.uploads(names, 'stranger'));
    expect(desk.begun).to.deep.equal([]);
    desk.archivist.start();
    for (let i = 0; i < names.length; i++) {
      await eventually(() => desk.begun.length > i);
      desk.end(desk.begun[i]!, 'kept');
    }
    await eventually(() => desk.attested.length === names.length);
    expect([...desk.attested].sort()).to.deep.equal([...names].sort());
  });

  it('is looked for a part at a time when a block is full of uploads, and none is forgotten', async () => {
    const names = made(3 * limits.pendingLookedAtMax);
    const looked = () => new Set(desk.looks).size;
    desk.run(desk.uploads(names, 'stranger'));
    expect(looked(), 'in the turn of the commit').to.be.at.most(limits.pendingLookedAtMax);
    desk.run(desk.uploads(['a book'], 'kim'));
    expect(desk.looks.at(-1), 'does not wait behind them').to.equal('a book');
    for (let left = 3; left > 0; left--) {
      const before = looked();
      desk.clock.move(PART_MS);
      expect(looked() - before).to.be.at.most(limits.pendingLookedAtMax);
    }
    expect([...new Set(desk.looks)].sort()).to.deep.equal([...names, 'a book'].sort());
  });

  it('is told to the operator when the archive fails, and not when the library ends', async () => {
    desk.run(desk.uploads(['a book', 'another'], 'kim'));
    await eventually(() => desk.fetches.length === 2);
    const [first, second] = desk.fetches.splice(0) as [Fetch, Fetch];
    first.fail(new Fault('archive.failed', 'the torrent failed'));
    await eventually(() => desk.log.lines.length === 1);
    desk.archivist.stop();
    second.fail(new Fault('archive.failed', 'the fetch was ended'));
    await desk.archivist.drained();
    expect(desk.log.lines).to.deep.equal(['the archive could not take a file in archive.failed']);
  });

  describe('and has attested', () => {
    const names = made(3);
    const attested = () => [...new Set(desk.attested)].sort();
    /** Everybody but one library has said so, this one among them. */
    beforeEach(async () => {
      desk.run(desk.uploads(names, 'kim'));
      for (let i = 0; i < names.length; i++) {
        await eventually(() => desk.begun.length > i);
        desk.end(desk.begun[i]!, 'kept');
      }
      await eventually(() => attested().length === names.length);
      for (const library of ['bob', 'cid'])
        desk.run(names.map((name) => desk.world.attest(name, library, 'kim')));
      await desk.archivist.drained();
      desk.attested.splice(0);
    });

    it('is attested once more when the federation asks for fewer attestations, and so available', async () => {
      desk.clock.move(60_000);
      expect(desk.attested, 'as long as it is not enough').to.deep.equal([]);
      const before = parameters(desk.world.state.view);
      desk.decide({ kind: 'set-parameters', parameters: { ...before, attestations: 3 } });
      desk.clock.move(1_000);
      await eventually(() => attested().length === names.length);
      expect(attested()).to.deep.equal([...names].sort());
      desk.run(names.map((name) => desk.world.attest(name, 'bob', 'kim')));
      const isAvailable = (name: string) => file(desk.world.state.view, hashOf(name)) !== undefined;
      expect(names.filter(isAvailable), 'by that word').to.deep.equal(names);
      expect(account(desk.world.state.view, keyOf('kim'))?.tokens).to.equal(SIZE * BigInt(names.length));
    });
  });

  it('is tried again after half a minute when nobody had it', async () => {
    desk.run(desk.uploads(['a book'], 'kim'));
    await begins('a book');
    desk.end('a book', 'file.not-available');
    await desk.archivist.drained();
    desk.clock.move(29_999);
    expect(desk.fetches).to.deep.equal([]);
    desk.clock.move(1);
    await eventually(() => desk.fetches.length === 1);
  });
});
