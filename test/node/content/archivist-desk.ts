/** A library, as far as its archivist goes: with the rules of the ledger and an archive that a test fills. */
import { assert } from 'chai';
import type { Archive } from '../../../archive/archive.ts';
import type { Turn } from '../../../archive/fetch/fetches.ts';
import type { Action } from '../../../chain/governance/action.ts';
import type { ChainEvent } from '../../../chain/kind/event.ts';
import type { Transaction } from '../../../chain/transaction/transaction.ts';
import { compareBytes, toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import type { Store, StoreRange } from '../../../core/ports.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import { Archivist } from '../../../node/content/archivist.ts';
import type { Holding } from '../../../node/content/holding.ts';
import type { MetainfoStore } from '../../../node/content/metainfo-store.ts';
import { SponsoredReviews } from '../../../node/content/review/sponsored-reviews.ts';
import { Sponsor } from '../../../node/content/sponsor.ts';
import type { Following } from '../../../node/ledger/follower.ts';
import type { Ledger } from '../../../node/ledger/ledger.ts';
import { systemRandom } from '../../../node/process/system.ts';
import { stateKey } from '../../../store/keyspaces.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import type { Metainfo } from '../../../torrent/metainfo.ts';
import { genesisOf, hashOf, keyOf, LIBRARIES, seedOf, storedBy, World } from '../../chain/world.ts';
import { LogInMemory, ManualClock } from '../../tracker/world.ts';

export const SIZE = 1_000n;
/** What the hashes are called in which tests upload files. */
const NAMES = new Map<string, string>();

export type Fetch = Turn & {
  readonly name: string;
  end(verdict: Verdict<Metainfo>): void;
  fail(error: Error): void;
};

export class ArchivistDesk {
  readonly world: World;
  readonly clock: ManualClock;
  readonly log = new LogInMemory();
  /** Under way. */
  readonly fetches: Fetch[] = [];
  /** Files, by name, in the order in which they were begun. */
  readonly begun: string[] = [];
  readonly attested: string[] = [];
  /** Files, by name, that the archive was asked for. */
  readonly looks: string[] = [];
  /** Keys of the state, hex, that were looked up among the values at hand. */
  readonly asked = new Set<string>();
  readonly #held = new Set<string>();
  readonly #followers: Following[] = [];
  readonly #committed: ((block: unknown, events: readonly ChainEvent[]) => void)[] = [];
  readonly archivist: Archivist;
  readonly reviews: SponsoredReviews;

  /** By itself it is one of four, of whom each attests everything. */
  constructor({ self = 'bob', world = allAttest(), clock = new ManualClock(), ...review }: Place = {}) {
    this.world = world;
    this.clock = clock;
    this.clock.time = this.world.time;
    const key = keyOf(self);
    const { isManual = false, store = createMemoryStore() } = review;
    this.reviews = new SponsoredReviews({
      ...{ ledger: this.#ledger(), store, clock: this.clock, log: this.log, isManual },
    });
    this.archivist = new Archivist({
      ledger: this.#ledger(),
      events: {
        follow: (following) => {
          this.#followers.push(following);
          return { isAtHead: true, caughtUp: async () => {}, stop: async () => {} };
        },
      },
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
        ...{ chainId: this.world.chainId, seed: seedOf(self), key },
        ...{ clock: this.clock, random: systemRandom },
      }),
      ...{ clock: this.clock, log: this.log, replicate: false, reviews: this.reviews },
      enter: async ({ transaction }) => {
        assert(transaction.kind === 'attest');
        this.attested.push(nameOf(transaction.hash));
        return accept();
      },
    });
  }

  decide(action: Action): void {
    this.hear(this.world.decide(action).events);
  }

  run(transactions: readonly Transaction[]): void {
    this.hear(this.world.run(transactions).events);
  }

  /** Of a block that is final. */
  hear(events: readonly ChainEvent[]): void {
    const { height, time } = this.world.state.header;
    for (const heard of this.#committed) heard(undefined, events);
    for (const follower of this.#followers) void follower.take({ height, time, events });
  }

  end(name: string, verdict: 'kept' | 'archive.busy' | 'file.not-available'): void {
    const at = this.fetches.findIndex((one) => one.name === name);
    const [fetch] = this.fetches.splice(at, 1);
    if (verdict === 'kept') this.hold(name);
    fetch!.end(verdict === 'kept' ? accept(this.#metainfo(hashOf(name))) : reject(verdict));
  }

  /** From now on the bytes are in its archive. */
  hold(name: string): void {
    this.#held.add(toHex(hashOf(name)));
  }

  #metainfo(hash: Uint8Array): Metainfo {
    const pieces = new Uint8Array(20);
    return { name: nameOf(hash), size: Number(SIZE), hash, pieceLength: 16_384, pieces, layer: hash };
  }

  #ledger(): Ledger {
    const { world } = this;
    const range = async ({ from, to, limit }: StoreRange) =>
      [...storedBy(world).values]
        .map(([key, value]) => [stateKey(Buffer.from(key, 'hex')), value] as const)
        .filter(([key]) => compareBytes(key, from) >= 0 && compareBytes(key, to) < 0)
        .sort(([a], [b]) => compareBytes(a, b))
        .slice(0, limit);
    return {
      genesis: world.genesis,
      head: () => ({ ...world.state, view: { get: (key: Uint8Array) => this.#look(key) } }),
      blocks: { store: { range } },
      onCommit: (heard: (block: unknown, events: readonly ChainEvent[]) => void) =>
        void this.#committed.push(heard),
    } as unknown as Ledger;
  }

  #look(key: Uint8Array): Uint8Array | undefined {
    this.asked.add(toHex(key));
    return this.world.state.view.get(key);
  }

  #archive(): Archive {
    return {
      has: (hash: Uint8Array) => {
        this.looks.push(nameOf(hash));
        return this.#held.has(toHex(hash));
      },
      metainfo: async (hash: Uint8Array) => this.#metainfo(hash),
      resume: async () => {},
      fetch: (hash: Uint8Array, _: unknown, turn: Turn) => {
        const { promise, resolve, reject: fail } = Promise.withResolvers<Verdict<Metainfo>>();
        const name = nameOf(hash);
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

type Place = {
  readonly self?: string;
  readonly world?: World;
  readonly clock?: ManualClock;
  readonly isManual?: boolean;
  /** Of an earlier one. */
  readonly store?: Store;
};

function allAttest(): World {
  return new World(genesisOf({ attestations: LIBRARIES.length }));
}

/** By the reader of that name, who is registered with them. */
export function uploadsOf(
  world: World,
  names: readonly string[],
  reader: string,
  sponsor = 'ann',
): Transaction[] {
  for (const name of names) NAMES.set(toHex(hashOf(name)), name);
  const sponsored = { sponsor: keyOf(sponsor) };
  return [world.register(reader), ...names.map((name) => world.upload(name, SIZE, reader, sponsored))];
}

function nameOf(hash: Uint8Array): string {
  return NAMES.get(toHex(hash))!;
}
