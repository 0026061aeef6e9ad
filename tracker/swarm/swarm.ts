/**
 * One swarm: the peers of one info hash. Who sees whom: a reader sees readers and members, a seed sees no seeds,
 * an `intake` peer (it uploads a file that is not available yet) is shown to nobody and sees nobody, and nobody is
 * shown a peer of its own key. The archives of members come first: they are few, and each is bound to its addresses; then those
 * with passes of each library in turn (fair-list.ts). Knows nothing of rights: the gate has spoken before, and keeps its
 * pass for tracker/presence.ts.
 */

import { type Address, clientAddressOf, clientNetworkOf } from '../../core/address.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, concat, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { UnixMs } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { SwarmRole } from '../../torrent/peers.ts';
import type { AnnounceEvent, CompactPeers, Counts, PeersShown } from '../announce.ts';
import type { Pass } from '../pass/pass.ts';
import { Census } from './census.ts';
import { FairList } from './fair-list.ts';
import { PeerList, type Slot } from './peer-list.ts';
import { PeerPlaces } from './peer-places.ts';

/** One BitTorrent client. It may have one address of each family (BEP 7): it still counts once. */
export type Peer = {
  /** Its key, hex. */
  readonly subject: string;
  /** Its peer_id, hex. */
  readonly id: string;
  /** With which it has announced last. */
  pass: Pass;
  /** From where it has come, and whether its key had paid when it got its place: peer-places.ts. */
  readonly network: string;
  paid: boolean;
  role: SwarmRole;
  complete: boolean;
  seenMs: UnixMs;
  ipv4Slot: Slot<Peer> | undefined;
  ipv6Slot: Slot<Peer> | undefined;
};

/** An announce that has passed the gate. */
export type Visit = {
  readonly subject: string;
  readonly pass: Pass;
  readonly role: SwarmRole;
  /** Has the key paid? Of those who bring a file. */
  readonly paid: boolean;
  readonly peerId: Bytes;
  readonly complete: boolean;
  readonly event: AnnounceEvent;
  readonly address: Address;
  readonly port: number;
  readonly wanted: number;
};

type Lists = {
  /** Of members, with all the bytes. */
  readonly archives: PeerList<Peer>;
  readonly seeds: FairList<Peer>;
  readonly leeches: FairList<Peer>;
  readonly intake: PeerList<Peer>;
};

const NOBODY: Bytes = new Uint8Array(0);
const SHOWN_NOBODY = { peers: NOBODY, archives: 0 } as const;
const NO_COUNTS: Counts = { complete: 0, incomplete: 0, downloaded: 0 };
const ENTRY4_BYTES = 6;
const ENTRY6_BYTES = 18;

export class Swarm {
  readonly #lists4: Lists = lists(4);
  readonly #lists6: Lists = lists(6);
  readonly #subjects = new Map<string, Peer[]>();
  /** In order of their last announce, so that the expired stand in front. */
  readonly #byAge = new Set<Peer>();
  readonly #census: Census;
  readonly #places: PeerPlaces;
  #complete = 0;
  #incomplete = 0;
  #downloaded = 0;

  /** @param census - of the file, over all of its swarms. @param places - of the tracker. */
  constructor(census = new Census(), places = new PeerPlaces()) {
    this.#census = census;
    this.#places = places;
  }

  get size(): number {
    return this.#byAge.size;
  }

  peers(): Iterable<Peer> {
    return this.#byAge;
  }

  /** Who is at this address — with `port`: exactly there —, those that bring the file last. */
  *at(address: Address, port: number | undefined): Generator<Peer> {
    const from = address.family === 4 ? this.#lists4 : this.#lists6;
    yield* from.archives.at(address, port);
    yield* from.seeds.at(address, port);
    yield* from.leeches.at(address, port);
    yield* from.intake.at(address, port);
  }

  /** All who may have the bytes. */
  insiders(): CompactPeers {
    const all = ({ archives, seeds, leeches }: Lists) =>
      concat(archives.entries(), seeds.entries(), leeches.entries());
    return { peers: all(this.#lists4), peers6: all(this.#lists6) };
  }

  /** Complete and incomplete peers, without those that bring the file. */
  counts(role: SwarmRole): Counts {
    if (role === 'intake') return NO_COUNTS;
    return { complete: this.#complete, incomplete: this.#incomplete, downloaded: this.#downloaded };
  }

  /** Clients with this pass, but for what stands where the visit is: it is the same one, or was. Ids in hex. */
  clientsBeside(visit: Visit, now: UnixMs): readonly string[] {
    const own = this.#subjects.get(visit.subject) ?? [];
    const isThere = (peer: Peer) => Math.abs(now - peer.seenMs) < limits.peerLifeMs && !standsAt(peer, visit);
    return own.filter((peer) => hasPassOf(peer, visit) && isThere(peer)).map(({ id }) => id);
  }

  /**
   * @param beside - as `clientsBeside`, of all swarms of the file: a pass is for so many clients, not for so many in each.
   * @returns reject("pass.too-many-peers" | "tracker.full" | "member.elsewhere").
   */
  announce(visit: Visit, now: UnixMs, beside = () => this.clientsBeside(visit, now)): Verdict<PeersShown> {
    this.purge(now);
    const id = toHex(visit.peerId);
    const own = this.#subjects.get(visit.subject);
    if (own?.some((other) => livesElsewhere(other, visit, now))) return reject('member.elsewhere');
    let peer = own?.find((other) => other.id === id && hasPassOf(other, visit));
    if (visit.event === 'stopped') {
      if (peer !== undefined) this.#remove(peer);
      return accept({ ...this.counts(visit.role), ...SHOWN_NOBODY, peers6: NOBODY });
    }
    if (peer === undefined) {
      const admitted = this.#admit(visit, id, now, beside);
      if (admitted.kind !== 'accept') return admitted;
      peer = admitted.value;
    } else {
      this.#refresh(peer, visit, now);
    }
    this.#fillSlot(peer, visit);
    return accept(this.#shown(visit));
  }

  /** Forgets who has not announced for limits.peerLifeMs; and everybody when the clock was set back: they announce again. */
  purge(now: UnixMs): void {
    let left: number = limits.purgedAtOnceMax; // the others follow at the next look
    for (const peer of this.#byAge) {
      if (left-- === 0) return;
      if (Math.abs(now - peer.seenMs) < limits.peerLifeMs) return;
      this.#remove(peer);
    }
  }

  /** Forgets everybody. */
  clear(): void {
    for (const peer of this.#byAge) this.#remove(peer);
  }

  /** Forgets every peer of this key: its right has ended. */
  removeSubject(subject: string): void {
    for (const peer of [...(this.#subjects.get(subject) ?? [])]) this.#remove(peer);
  }

  #admit(visit: Visit, id: string, now: UnixMs, beside: () => readonly string[]): Verdict<Peer> {
    const own = this.#subjects.get(visit.subject) ?? [];
    // A client that was killed comes back with a new id at its old address; it must not use up the pass.
    // A library has one archive, which may come back at another port: its ghost would be dialled for an hour.
    const isSame = (other: Peer) => hasPassOf(other, visit) && standsAt(other, visit);
    const before = visit.role === 'member' ? own[0] : own.find(isSame);
    if (before !== undefined) this.#remove(before);
    else if (new Set([id, ...beside()]).size > limits.peersPerPassMax) return reject('pass.too-many-peers');
    const { subject, pass, role, paid, complete } = visit;
    const comer = { subject, pass, network: clientNetworkOf(visit.address), paid, role };
    if (before === undefined && !this.#places.hasRoom(this, comer)) return reject('tracker.full');
    const peer: Peer = {
      ...{ ...comer, id, complete },
      ...{ seenMs: now, ipv4Slot: undefined, ipv6Slot: undefined },
    };
    const peers = this.#subjects.get(subject);
    if (peers === undefined) this.#subjects.set(subject, [peer]);
    else peers.push(peer);
    this.#byAge.add(peer);
    this.#count(peer, 1);
    return accept(peer);
  }

  #refresh(peer: Peer, visit: Visit, now: UnixMs): void {
    peer.seenMs = now;
    peer.pass = visit.pass;
    this.#byAge.delete(peer);
    this.#byAge.add(peer);
    if (peer.complete === visit.complete && peer.role === visit.role) return;
    // Not by event=completed: some clients never send it, others send it twice.
    if (visit.complete && !peer.complete && visit.role !== 'intake') this.#downloaded++;
    this.#clearSlots(peer);
    this.#count(peer, -1);
    peer.complete = visit.complete;
    peer.role = visit.role;
    peer.paid = visit.paid;
    this.#count(peer, 1);
  }

  #fillSlot(peer: Peer, { address, port }: Visit): void {
    const slot = address.family === 4 ? peer.ipv4Slot : peer.ipv6Slot;
    if (slot !== undefined) {
      slot.list.move(slot, address.bytes, port);
      return;
    }
    const kind = kindOf(peer);
    if (address.family === 4) peer.ipv4Slot = this.#lists4[kind].add(peer, address.bytes, port);
    else peer.ipv6Slot = this.#lists6[kind].add(peer, address.bytes, port);
  }

  #clearSlots(peer: Peer): void {
    if (peer.ipv4Slot !== undefined) peer.ipv4Slot.list.remove(peer.ipv4Slot);
    if (peer.ipv6Slot !== undefined) peer.ipv6Slot.list.remove(peer.ipv6Slot);
    peer.ipv4Slot = undefined;
    peer.ipv6Slot = undefined;
  }

  #remove(peer: Peer): void {
    this.#clearSlots(peer);
    this.#count(peer, -1);
    this.#byAge.delete(peer);
    const rest = this.#subjects.get(peer.subject)?.filter((other) => other !== peer) ?? [];
    if (rest.length === 0) this.#subjects.delete(peer.subject);
    else this.#subjects.set(peer.subject, rest);
  }

  #count(peer: Peer, by: 1 | -1): void {
    this.#places.count(this, peer, by);
    if (peer.role === 'intake') return;
    this.#census.count(peer, by);
    if (peer.complete) this.#complete += by;
    else this.#incomplete += by;
    assert(this.#complete >= 0 && this.#incomplete >= 0, 'who leaves has come');
  }

  #shown(visit: Visit): PeersShown {
    const { peers, archives } = select(this.#lists4, visit, ENTRY4_BYTES);
    const of6 = select(this.#lists6, visit, ENTRY6_BYTES);
    return { ...this.counts(visit.role), peers, peers6: of6.peers, archives: archives + of6.archives };
  }
}

function select(from: Lists, visit: Visit, entryBytes: number): { peers: Bytes; archives: number } {
  const { role, complete, subject, wanted } = visit;
  const archives = role === 'intake' || complete ? 0 : from.archives.size;
  const seeds = role === 'intake' || complete ? 0 : from.seeds.size;
  const leeches = role === 'intake' ? 0 : from.leeches.size;
  const length = Math.min(wanted, archives + seeds + leeches);
  if (length === 0) return SHOWN_NOBODY;
  const target = new Uint8Array(length * entryBytes);
  // Half of the answer for the archives, when there are so many, and half of the rest for the leeches.
  const fromArchives = Math.min(archives, Math.max(Math.ceil(length / 2), length - seeds - leeches));
  let end = from.archives.window(target, 0, fromArchives, subject);
  const named = end / entryBytes;
  const rest = length - named;
  const fromLeeches = Math.min(leeches, Math.max(Math.floor(rest / 2), rest - seeds));
  end = from.leeches.window(target, end, fromLeeches, subject);
  end = from.seeds.window(target, end, Math.min(seeds, length - end / entryBytes), subject);
  return { peers: end === target.length ? target : target.subarray(0, end), archives: named };
}

function lists(family: 4 | 6): Lists {
  return {
    archives: new PeerList(family),
    seeds: new FairList(family),
    leeches: new FairList(family),
    intake: new PeerList(family),
  };
}

function kindOf(peer: Peer): keyof Lists {
  if (peer.role === 'intake') return 'intake';
  if (peer.role === 'member' && peer.complete) return 'archives';
  return peer.complete ? 'seeds' : 'leeches';
}

/** A library has one archive: while it announces from one address, nobody is it at another one. */
function livesElsewhere(peer: Peer, { role, address }: Visit, now: UnixMs): boolean {
  if (role !== 'member' || peer.role !== 'member') return false;
  const slot = address.family === 4 ? peer.ipv4Slot : peer.ipv6Slot;
  if (slot === undefined || Math.abs(now - peer.seenMs) >= limits.memberAliveMs) return false;
  return clientAddressOf(slot.list.addressOf(slot)) !== clientAddressOf(address);
}

/**
 * By one library for one key: any member can make passes for any key, and is not to send a reader's clients away with
 * them, nor to take their places.
 */
function hasPassOf({ pass }: Peer, visit: Visit): boolean {
  return pass.issuerHex === visit.pass.issuerHex;
}

function standsAt(peer: Peer, { address, port }: Visit): boolean {
  const slot = address.family === 4 ? peer.ipv4Slot : peer.ipv6Slot;
  return slot?.list.isAt(slot, address.bytes, port) ?? false;
}
