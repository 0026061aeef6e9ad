/**
 * Which torrents this node seeds now: those that somebody with a right has wanted last. An open torrent costs
 * memory, so their number is bounded; the one that was wanted longest ago and that nobody reads is closed for the next.
 * Whoever finds all of them read waits in a queue, and is served as soon as there is a place.
 */
import { open } from 'node:fs/promises';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Hash32, InfoHash20, UnixMs } from '../../core/scalars.ts';
import type { Endpoint } from '../../torrent/compact-peers.ts';
import { infoFields, infoHashes, type Metainfo } from '../../torrent/metainfo.ts';
import type { ArchiveFolder } from '../disk/folder.ts';
import type { AdmissionPorts } from '../peers/admission.ts';
import type { Membership, SwarmClient, Swarming } from '../swarm-client.ts';
import type { OpenTorrents } from './open-torrents.ts';

export type SeedPorts = AdmissionPorts & {
  readonly clock: Clock;
  readonly log: Log;
  /** This node's announce URLs for the file: every member's tracker, with a pass for its own key. */
  announceUrls(file: Hash32): readonly string[];
  /** The names that the ledger has for the file: torrents depend on it. */
  names(file: Hash32): readonly string[];
};

type Seed = {
  readonly file: Hash32;
  readonly infoHash: InfoHash20;
  readonly openedMs: UnixMs;
  /** When somebody has wanted it last, and what it had given until then, in bytes. */
  wantedMs: UnixMs;
  givenThen: number;
  /** When it was announced last, but for the announces that the client makes by itself. */
  announcedMs: UnixMs;
  membership: Membership | undefined;
  closed: boolean;
  /** The library at whose tracker it was wanted first; undefined: at our own as well. */
  by: string | undefined;
  /** Whose word keeps it open: the library at whose tracker it was wanted last; undefined: at our own. */
  keptBy: string | undefined;
};

type Wanted = {
  readonly file: Hash32;
  readonly infoHash: InfoHash20;
  readonly sinceMs: UnixMs;
  readonly by: string | undefined;
};

/** The passes in a torrent's announce URLs are as old as the torrent. */
const RENEW_AFTER_MS = limits.passLifeMs / 2;
const FORMATS = ['v1', 'v2', 'hybrid', 'hybrid'] as const;

export class Seeds {
  readonly #ports: SeedPorts;
  readonly #folder: ArchiveFolder;
  readonly #client: SwarmClient;
  readonly #federation: string;
  readonly #list: OpenTorrents;
  /** By info hash, hex, in order of the last want. */
  readonly #active = new Map<string, Seed>();
  /** Wanted, and not open yet; by info hash, hex, in the order in which they came. */
  readonly #queue = new Map<string, Wanted>();
  #cancel: (() => void) | undefined;
  readonly #running = new Set<Promise<void>>();

  constructor(
    ports: SeedPorts,
    folder: ArchiveFolder,
    client: SwarmClient,
    federation: string,
    list: OpenTorrents,
  ) {
    this.#ports = ports;
    this.#folder = folder;
    this.#client = client;
    this.#federation = federation;
    this.#list = list;
  }

  get size(): number {
    return this.#active.size;
  }

  /** Opens what was open when the node ended; call it when the trackers can be asked. @throws Fault("archive.failed"). */
  async resume(): Promise<void> {
    for (const { file, infoHash } of await this.#list.load()) this.want(file, infoHash);
  }

  /**
   * Somebody with a right has announced. Quick: it is called at every announce.
   * @param at - where he waits for bytes, if he does.
   * @param by - the other member whose pass he has shown: it can make some for whoever has bought a file.
   */
  want(file: Hash32, infoHash: InfoHash20, at?: Endpoint, by?: string): void {
    this.#want(file, infoHash, at, by, limits.torrentsPerIssuerUnreadMax);
  }

  #want(
    file: Hash32,
    infoHash: InfoHash20,
    at: Endpoint | undefined,
    by: string | undefined,
    most: number,
  ): void {
    if (!this.#folder.has(file)) return;
    const name = toHex(infoHash);
    const now = this.#ports.clock.now();
    const seed = this.#active.get(name);
    if (by !== undefined && !this.#mayWant(name, by, most, now)) {
      if (seed !== undefined) this.#dial(seed, at);
      return;
    }
    const waiting = this.#queue.get(name);
    if (seed !== undefined) {
      this.#active.delete(name);
      seed.keptBy = by;
      if (by === undefined) seed.by = undefined;
    }
    if (seed !== undefined && Math.abs(now - seed.openedMs) < RENEW_AFTER_MS) {
      this.#active.set(name, seed);
      seed.wantedMs = now;
      seed.givenThen = this.#givenBy(seed);
      this.#dial(seed, at);
      return;
    }
    if (seed !== undefined) {
      this.#begin(seed, file, infoHash, seed.by, by);
      return;
    }
    if (this.#queue.has(name) || this.#queue.size < limits.torrentsWaitingMax) {
      const first = waiting === undefined || by === undefined ? by : waiting.by;
      this.#queue.set(name, { file, infoHash, sinceMs: now, by: first });
    }
    this.#openNext();
  }

  #dial({ membership }: Seed, at: Endpoint | undefined): void {
    if (at !== undefined && membership !== undefined) this.#client.dial(membership, at);
  }

  /** Those who came first, as far as there are places. */
  #openNext(): void {
    const now = this.#ports.clock.now();
    for (const [name, { file, infoHash, sinceMs, by }] of this.#queue) {
      const isOver = Math.abs(now - sinceMs) >= limits.torrentWaitsMs || !this.#folder.has(file);
      if (!isOver && !this.#makePlace(now)) break;
      this.#queue.delete(name);
      if (!isOver) this.#begin(undefined, file, infoHash, by, by);
    }
    this.#cancel?.();
    const goesOn = this.#queue.size > 0;
    this.#cancel = goesOn
      ? this.#ports.clock.after(limits.torrentsLookMs, () => this.#openNext())
      : undefined;
  }

  /**
   * Whatever a member says to be wanted costs it nothing: of what nobody has come to read, so many torrents are open,
   * or are kept open, on its word. Beyond that its word changes nothing, whoever has opened the torrent.
   */
  #mayWant(name: string, by: string, most: number, now: UnixMs): boolean {
    const waiting = this.#queue.get(name);
    if (waiting !== undefined) return waiting.by === by;
    const seed = this.#active.get(name);
    if (seed === undefined) return this.#hasShare(by, most, now) && this.#makeShare(by, most, now);
    return this.#isKeptBy(seed, by, now) || this.#hasShare(by, most, now);
  }

  #hasShare(by: string, most: number, now: UnixMs): boolean {
    const kept = [...this.#active.values()].filter((seed) => this.#isKeptBy(seed, by, now)).length;
    return kept + this.#waitingFor(by) < most;
  }

  /** When what it has opened takes all its places, the oldest one of its own goes. What another keeps open is that one's. */
  #makeShare(by: string, most: number, now: UnixMs): boolean {
    const isOwn = (seed: Seed): boolean =>
      seed.by === by && !this.#isRead(seed) && (seed.keptBy === by || !this.#isKept(seed, now));
    const open = [...this.#active.values()].filter(isOwn).length;
    if (open + this.#waitingFor(by) < most) return true;
    return this.#closeIdle(now, by);
  }

  #waitingFor(by: string): number {
    return [...this.#queue.values()].filter((wanted) => wanted.by === by).length;
  }

  /** Its word alone is why it is not closed. */
  #isKeptBy(seed: Seed, by: string, now: UnixMs): boolean {
    return seed.keptBy === by && this.#isKept(seed, now) && !this.#isRead(seed);
  }

  /** Somebody has just wanted it; or it was opened for somebody who has had no time to come yet. */
  #isKept(seed: Seed, now: UnixMs): boolean {
    if (Math.abs(now - seed.wantedMs) < limits.torrentServedMsMin) return true;
    const isServed = this.#givenBy(seed) > seed.givenThen && !this.#isTaken(seed);
    return !isServed && Math.abs(now - seed.openedMs) < limits.torrentOpenMsMin;
  }

  #isRead({ membership }: Seed): boolean {
    return membership !== undefined && this.#client.isRead(membership);
  }

  /** Bytes of pieces, to whom is here and to those who have gone. */
  #givenBy({ membership }: Seed): number {
    return membership === undefined ? 0 : this.#client.given(membership);
  }

  /** Somebody is here who lacks pieces, however slowly he takes them. */
  #isTaken({ membership }: Seed): boolean {
    return membership !== undefined && this.#client.isWanted(membership);
  }

  #makePlace(now: UnixMs): boolean {
    return this.#active.size < limits.torrentsActiveMax || this.#closeIdle(now);
  }

  /** @param by - of those that this library wants; without it of all. @returns false when there is none. */
  #closeIdle(now: UnixMs, by?: string): boolean {
    const idle = this.#idle(now, by);
    if (idle === undefined) return false;
    this.#active.delete(idle[0]);
    this.#run(this.#close(idle[1]));
    return true;
  }

  /** @param old - the same torrent, opened so long ago that its passes end. */
  #begin(
    old: Seed | undefined,
    file: Hash32,
    infoHash: InfoHash20,
    by: string | undefined,
    keptBy: string | undefined,
  ): void {
    const now = this.#ports.clock.now();
    const fresh: Seed = {
      file,
      infoHash,
      openedMs: now,
      wantedMs: now,
      givenThen: 0,
      announcedMs: now,
      membership: undefined,
      closed: false,
      by,
      keptBy,
    };
    this.#active.set(toHex(infoHash), fresh);
    this.#run(this.#renew(old, fresh, infoHash));
    this.#save();
  }

  /**
   * Somebody with a right has announced at the tracker of another library, which may know of no seed: it was dead
   * when this one was opened, or has started anew since then. @param by - that library.
   */
  sought(file: Hash32, infoHash: InfoHash20, by: string): void {
    this.#want(file, infoHash, undefined, by, limits.torrentsPerMemberUnreadMax);
    const seed = this.#active.get(toHex(infoHash));
    const now = this.#ports.clock.now();
    // As above: a clock may be set back.
    if (seed?.membership === undefined || Math.abs(now - seed.announcedMs) < limits.seedAnnounceMinMs) return;
    seed.announcedMs = now;
    this.#client.announce(seed.membership);
  }

  async forget(file: Hash32): Promise<void> {
    const ours = [...this.#active].filter(([, seed]) => equalBytes(seed.file, file));
    for (const [name, seed] of ours) {
      this.#active.delete(name);
      await this.#close(seed);
    }
    if (ours.length > 0) this.#save();
    this.#openNext();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#queue.clear();
    for (const seed of this.#active.values()) this.#run(this.#close(seed));
    this.#active.clear();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /**
   * The torrent that is closed for another one: of those that nobody reads, the one that was wanted longest ago. Whoever
   * reads with a right keeps what he reads, whatever others ask.
   */
  #idle(now: UnixMs, by: string | undefined): [string, Seed] | undefined {
    for (const entry of this.#active) {
      if (by !== undefined && entry[1].by !== by) continue;
      if (!this.#isKept(entry[1], now) && !this.#isRead(entry[1])) return entry;
    }
    return undefined;
  }

  /** Not when the node stops: it goes on with them. */
  #save(): void {
    this.#run(this.#list.save([...this.#active.values()]));
  }

  #run(work: Promise<void>): void {
    const caught = work
      .catch((error: Error) => this.#ports.log.warn('archive: a torrent could not be seeded', { error }))
      .finally(() => this.#running.delete(caught));
    this.#running.add(caught);
  }

  async #renew(old: Seed | undefined, fresh: Seed, infoHash: InfoHash20): Promise<void> {
    if (old !== undefined) await this.#close(old);
    const name = toHex(infoHash);
    const forget = () => {
      if (this.#active.get(name) !== fresh) return;
      this.#active.delete(name);
      this.#save();
    };
    const failed = () => {
      forget();
      this.#run(this.#close(fresh));
    };
    try {
      const opened = await this.#open(fresh, infoHash, failed);
      if (!opened) forget();
    } catch (error) {
      forget();
      throw error;
    }
  }

  /** @returns false when the info hash is none of the file's. */
  async #open(seed: Seed, infoHash: InfoHash20, failed: () => void): Promise<boolean> {
    const stored = await this.#folder.metainfo(seed.file);
    const swarming = stored && this.#swarming(stored, infoHash);
    if (swarming === undefined) return false;
    const file = await open(this.#folder.dataPath(seed.file), 'r');
    seed.membership = await this.#client.seed(swarming, file, failed);
    if (seed.closed) await this.#client.leave(seed.membership);
    return true;
  }

  async #close(seed: Seed): Promise<void> {
    seed.closed = true;
    if (seed.membership !== undefined) await this.#client.leave(seed.membership);
  }

  /** The torrent of this info hash: some format, under some name that the file has. */
  #swarming(stored: Metainfo, infoHash: InfoHash20): Swarming | undefined {
    for (const name of new Set([stored.name, ...this.#ports.names(stored.hash)])) {
      const metainfo = { ...stored, name };
      const index = infoHashes(metainfo, this.#federation).announced.findIndex((known: Bytes) =>
        equalBytes(known, infoHash),
      );
      const format = FORMATS[index];
      if (format === undefined) continue;
      const announceUrls = this.#ports.announceUrls(stored.hash);
      const info = infoFields(metainfo, this.#federation, format);
      return { file: stored.hash, infoHash, info, metainfo, announceUrls };
    }
    return undefined;
  }
}
