/**
 * All swarms of this tracker, by file and info hash, in memory only: peers announce again, nothing is lost by
 * a restart. Bounded in swarms and peers; empty swarms do not stay.
 */
import { type Address, clientNetworkOf } from '../../core/address.ts';
import { type Bytes, concat, fromHex, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { INFO_HASH_BYTES, type InfoHash20, type PublicKey32, type UnixMs } from '../../core/scalars.ts';
import { reject, type Verdict } from '../../core/verdict.ts';
import { entryBytesOf } from '../../torrent/compact-peers.ts';
import type { SwarmRole } from '../../torrent/peers.ts';
import type { CompactPeers, Counts, PeersShown } from '../announce.ts';
import { Census } from './census.ts';
import { PeerPlaces } from './peer-places.ts';
import { type Peer, Swarm, type Visit } from './swarm.ts';

type Row = {
  readonly file: string;
  readonly infoHash: string;
  readonly swarm: Swarm;
  /** From which it was opened: core/address.ts, clientNetworkOf. */
  readonly network: string;
  seenMs: UnixMs;
};

const NO_COUNTS: Counts = { complete: 0, incomplete: 0, downloaded: 0 };

export class Swarms {
  readonly #files = new Map<string, Map<string, Row>>();
  /** Of the files in `#files`. */
  readonly #censuses = new Map<string, Census>();
  /** In order of their last announce. */
  readonly #byAge = new Set<Row>();
  readonly #places: PeerPlaces;
  #peers = 0;

  /** @param self - the key of this library. */
  constructor(self?: PublicKey32) {
    this.#places = new PeerPlaces(self);
  }

  get size(): number {
    return this.#byAge.size;
  }

  get peers(): number {
    return this.#peers;
  }

  /** @param file - its hash, hex. @returns reject("tracker.full" | "pass.too-many-peers"). */
  announce(file: string, infoHash: InfoHash20, visit: Visit, now: UnixMs): Verdict<PeersShown> {
    const name = toHex(infoHash);
    const answer = this.#enter(file, name, visit, now);
    if (answer.kind !== 'reject' || answer.code !== 'tracker.full') return answer;
    this.purge(now);
    return this.#enter(file, name, visit, now);
  }

  counts(file: string, infoHash: InfoHash20, role: SwarmRole, now: UnixMs): Counts {
    const row = this.#files.get(file)?.get(toHex(infoHash));
    if (row === undefined) return NO_COUNTS;
    this.#purge(row, now);
    return row.swarm.counts(role);
  }

  /** Who is at this address now, in any swarm of the file: see Swarm.at. */
  *at(file: string, address: Address, port: number | undefined, now: UnixMs): Generator<Peer> {
    for (const row of this.#rows(file)) {
      for (const peer of row.swarm.at(address, port)) {
        if (Math.abs(now - peer.seenMs) < limits.peerLifeMs) yield peer;
      }
    }
  }

  /** All who may have the bytes of the file now, of each family limits.peersPerSwarmMax at most. */
  insiders(file: string, now: UnixMs): CompactPeers {
    const all = this.#rows(file).map((row) => {
      this.#purge(row, now);
      return row.swarm.insiders();
    });
    const cut = (entries: Bytes, family: 4 | 6) =>
      entries.subarray(0, limits.peersPerSwarmMax * entryBytesOf(family));
    return {
      peers: cut(concat(...all.map(({ peers }) => peers)), 4),
      peers6: cut(concat(...all.map((one) => one.peers6)), 6),
    };
  }

  /** The swarms of the file in which somebody waits for its bytes. */
  waiting(file: string): readonly InfoHash20[] {
    return this.#rows(file)
      .filter(({ swarm }) => swarm.counts('member').incomplete > 0)
      .map(({ infoHash }) => fromHex(infoHash, INFO_HASH_BYTES)!);
  }

  /** Clients in all swarms of the file; who is in two of them (a hybrid torrent has two) counts once. */
  stats(file: string, now: UnixMs): { readonly seeders: number; readonly leechers: number } {
    for (const row of this.#rows(file)) this.#purge(row, now);
    return this.#censuses.get(file)?.counts ?? { seeders: 0, leechers: 0 };
  }

  /** The key has no right to the file any more. */
  removeSubject(file: string, subject: string): void {
    for (const row of this.#rows(file)) {
      this.#counted(row, (swarm) => swarm.removeSubject(subject));
      if (row.swarm.size === 0) this.#close(row);
    }
  }

  /** Nobody but members has a right to the file any more. */
  removeReaders(file: string): void {
    for (const { swarm } of this.#rows(file)) {
      const readers = [...swarm.peers()].filter(({ role }) => role !== 'member');
      for (const subject of new Set(readers.map((peer) => peer.subject))) this.removeSubject(file, subject);
    }
  }

  /** By timer: closes the swarms in which nobody has announced for a peer's life. */
  purge(now: UnixMs): void {
    let left: number = limits.purgedAtOnceMax; // the others follow at the next look
    for (const row of this.#byAge) {
      if (left <= 0) return;
      if (Math.abs(now - row.seenMs) < limits.peerLifeMs) return; // a clock may be set back
      left -= 1 + row.swarm.size;
      this.#counted(row, (swarm) => swarm.clear());
      this.#close(row);
    }
  }

  #enter(file: string, name: string, visit: Visit, now: UnixMs): Verdict<PeersShown> {
    let row = this.#files.get(file)?.get(name);
    if (row === undefined) {
      if (!this.#places.mayOpen(visit.address)) return reject('tracker.full');
      row = this.#open(file, name, clientNetworkOf(visit.address), now);
    }
    row.seenMs = now;
    this.#byAge.delete(row);
    this.#byAge.add(row);
    const beside = () => this.#rows(file).flatMap((one) => one.swarm.clientsBeside(visit, now));
    const answer = this.#counted(row, (swarm) => swarm.announce(visit, now, beside));
    if (row.swarm.size === 0) this.#close(row);
    return answer;
  }

  #rows(file: string): readonly Row[] {
    return [...(this.#files.get(file)?.values() ?? [])];
  }

  #purge(row: Row, now: UnixMs): void {
    this.#counted(row, (swarm) => swarm.purge(now));
  }

  #counted<T>({ swarm }: Row, work: (swarm: Swarm) => T): T {
    const { size } = swarm;
    const done = work(swarm);
    this.#peers += swarm.size - size;
    return done;
  }

  #open(file: string, infoHash: string, network: string, now: UnixMs): Row {
    const census = this.#censuses.get(file) ?? new Census();
    this.#censuses.set(file, census);
    const swarm = new Swarm(census, this.#places);
    const row: Row = { file, infoHash, swarm, network, seenMs: now };
    this.#places.countSwarm(network, 1);
    let swarms = this.#files.get(file);
    if (swarms === undefined) {
      swarms = new Map();
      this.#files.set(file, swarms);
    }
    swarms.set(infoHash, row);
    this.#byAge.add(row);
    return row;
  }

  #close(row: Row): void {
    this.#byAge.delete(row);
    this.#places.countSwarm(row.network, -1);
    const swarms = this.#files.get(row.file);
    swarms?.delete(row.infoHash);
    if (swarms?.size !== 0) return;
    this.#files.delete(row.file);
    this.#censuses.delete(row.file);
  }
}
