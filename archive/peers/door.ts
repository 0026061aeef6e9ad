/**
 * The door of the archive: every connection of a torrent, incoming or outgoing, is admitted before a byte of the torrent
 * leaves, and again about every second. It stands before webtorrent hears of a connection, and where it takes a peer in:
 * `_addPeer` (dialled, also when it dials again by itself), `_addIncomingPeer` (behind the handshake of the peer, before
 * ours), and `wire`.
 */
import type { Socket } from 'node:net';
import type { Peer, Torrent, Wire } from 'webtorrent';
import { type Address, parseAddress } from '../../core/address.ts';
import { equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Hash32, UnixMs } from '../../core/scalars.ts';
import { trackerOf } from '../../torrent/announce-url.ts';
import { type Endpoint, endpointText } from '../../torrent/compact-peers.ts';
import type { SwarmRole } from '../../torrent/peers.ts';
import { namedIn } from '../trackers/reply.ts';
import type { Admission } from './admission.ts';
import { wallMessages, wallTurns, within } from './contain.ts';
import type { PeerGuard } from './guard.ts';
import { release } from './hold.ts';
import { askOnceATurn, boundMessages, listen } from './message-bounds.ts';
import { mute } from './mute.ts';
import { PeerSlots, type SlotHolder } from './peer-slots.ts';
import { serveRequests } from './requests.ts';
import { type Greeting, Threshold } from './threshold.ts';
import { Visits } from './visits.ts';
import { WaitingRoom } from './waiting-room.ts';

/** A torrent with its file. `reads`: the archive fetches, and takes from whoever brings it. */
type Watched = {
  readonly torrent: Torrent;
  readonly file: Hash32;
  readonly reads: boolean;
  /** Takes him in who has come by himself. @returns is he known? */
  enter(peer: Peer): boolean;
};
/** Where a peer is. `port`: of one that was dialled. */
type PeerAt = { readonly address: Address; readonly port: number | undefined };
type Connection = {
  readonly watched: Watched;
  readonly place: PeerAt;
  role: SwarmRole;
  /** Of pieces, when it was looked at in `sinceMs`: since then it has moved less than it should. */
  moved: number;
  sinceMs: UnixMs;
};

export class Door {
  readonly #clock: Clock;
  readonly #admission: Admission;
  readonly #guard: PeerGuard;
  readonly #threshold: Threshold;
  readonly #visits: Visits;
  readonly #waiting: WaitingRoom;
  readonly #slots = new PeerSlots();
  readonly #watched = new Set<Watched>();
  readonly #connections = new WeakMap<Peer, Connection>();
  /** Bytes of pieces, to those who have gone. */
  readonly #givenBefore = new WeakMap<Torrent, number>();
  /** Who is looked at next. */
  #due: Peer[] = [];
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, admission: Admission, guard: PeerGuard) {
    this.#clock = clock;
    this.#admission = admission;
    this.#guard = guard;
    this.#threshold = new Threshold(clock);
    this.#visits = new Visits(clock);
    this.#waiting = new WaitingRoom(clock);
  }

  /** Somebody has connected, and has not said to which torrent. @param enter - hands him to webtorrent, if he may come. */
  arrived(socket: Socket, enter: () => void): void {
    const from = parseAddress(socket.remoteAddress ?? '');
    if (from === undefined || !this.#isPlaced(socket, from)) return void socket.destroy();
    this.#threshold.hear(socket, (greeting) => {
      if (this.#mayCome(from, greeting)) enter();
      else socket.destroy();
    });
  }

  /** Whoever is known pays for himself; everybody else, whatever he wants, as a stranger. */
  #mayCome(from: Address, { infoHash, peerId }: Greeting): boolean {
    const watched = [...this.#watched].find(({ torrent }) => torrent.infoHash === infoHash);
    if (watched === undefined || this.#roleAt(watched, { address: from, port: undefined }) === undefined) {
      return this.#visits.strangerMayCome(from);
    }
    return this.#visits.mayCome(this.#admission.payerAt(watched.file, from, peerId));
  }

  /** @returns false when there is no place for him. */
  #isPlaced(socket: Socket, from: Address): boolean {
    const sinceMs = this.#clock.now();
    const greets = () => {
      const idleMs = Math.abs(this.#clock.now() - sinceMs);
      return idleMs >= limits.peerGreetsMs ? idleMs : undefined;
    };
    return this.#slots.arrived(socket, from, greets);
  }

  #holderOf({ watched, place }: Connection, peerId?: string): SlotHolder {
    const { torrent, file } = watched;
    const { address, port } = place;
    const shares = this.#admission.sharesAt(file, address, port, peerId);
    return { torrent: torrent.infoHash, address, shares };
  }

  #letIn(peer: Peer, connection: Connection): boolean {
    if (peer.conn === null) return false;
    const whose = this.#holderOf(connection, peer.wire?.peerId ?? undefined);
    return this.#slots.letIn(peer.conn, whose, () => this.#slack(peer, connection));
  }

  /** Dials somebody who has a place from now on, whether he answers or not. */
  #dial(connection: Connection, add: () => Peer | null): Peer | null {
    let peer: Peer | null = null;
    const leave = this.#slots.dialled(this.#holderOf(connection), {
      slack: () => (peer === null ? undefined : this.#slack(peer, connection)),
      lost: () => peer !== null && dismiss(peer, connection.watched.torrent),
    });
    if (leave === undefined) return null;
    const dialled = add();
    peer = dialled;
    if (dialled === null) {
      leave();
      return null;
    }
    const destroy = dialled.destroy.bind(dialled);
    dialled.destroy = (error?: Error) => {
      leave();
      destroy(error);
    };
    this.#connections.set(dialled, connection);
    return dialled;
  }

  /** For how long it has moved next to nothing. undefined: it takes what it gets, or waits for us. */
  #slack({ wire }: Peer, connection: Connection): number | undefined {
    const now = this.#clock.now();
    if (wire === null || wire.peerId === null) {
      const silentMs = Math.abs(now - connection.sinceMs); // he has been dialled, and does not answer
      return silentMs >= limits.peerGreetsMs ? silentMs : undefined;
    }
    const moved = wire.uploaded - wire._readableState.buffered + wire.downloaded; // what waits for him is not taken
    const waits = wire.amChoking && wire.peerInterested && connection.role !== 'intake';
    if (waits || moved - connection.moved >= limits.peerPaceBytesMin) {
      connection.moved = moved;
      connection.sinceMs = now;
    }
    const idleMs = Math.abs(now - connection.sinceMs);
    return idleMs >= limits.peerPaceMs ? idleMs : undefined;
  }

  /** At once when the torrent was made: nobody is in it yet. @returns a function that ends the watch. */
  watch(torrent: Torrent, file: Hash32, reads: boolean): () => void {
    wallTurns(torrent);
    askOnceATurn(torrent);
    const addIncomingPeer = torrent._addIncomingPeer.bind(torrent);
    const comesIn = (peer: Peer): boolean => {
      const address = addressOf(peer);
      const place = address && { address, port: undefined };
      const role = place && this.#roleAt(watched, place);
      const connection = role && this.#connection(watched, place!, role);
      if (connection === undefined || !this.#letIn(peer, connection)) return false;
      this.#connections.set(peer, connection);
      peer.swarm = torrent;
      addIncomingPeer(peer);
      return true;
    };
    const enter = (peer: Peer): boolean => {
      let isIn = false;
      if (peer.wire !== null) {
        within(peer.wire, () => {
          isIn = comesIn(peer);
        });
      }
      return isIn;
    };
    const watched = { torrent, file, reads, enter };
    this.#watched.add(watched);
    const addPeer = torrent._addPeer.bind(torrent);
    torrent._addPeer = (peer, type, source) => {
      const place = placeOf(peer);
      const role = place && this.#roleAt(watched, place);
      if (role === undefined) return null;
      return this.#dial(this.#connection(watched, place!, role), () => addPeer(peer, type, source));
    };
    torrent._addIncomingPeer = (peer) => {
      if (!enter(peer)) this.#hold(peer, () => enter(peer), torrent);
    };
    torrent.prependListener('wire', (wire: Wire, id: string) => {
      const peer = torrent._peers?.get(id);
      const connection = peer && this.#connections.get(peer);
      if (peer !== undefined && connection !== undefined && this.#stays(peer, connection)) {
        this.#guard.watch(wire);
        const payer = this.#admission.payerAt(file, connection.place.address, wire.peerId ?? '');
        const spend = boundMessages(wire, torrent, this.#clock, (messages) =>
          this.#visits.maySay(payer, messages),
        );
        listen(wire, torrent, spend);
        serveRequests(wire, torrent, () => spend(1));
        wire.once('close', () => {
          this.#givenBefore.set(torrent, (this.#givenBefore.get(torrent) ?? 0) + wire.uploaded);
        });
        if (connection.role === 'intake') mute(wire);
        wallMessages(wire);
        if (torrent.ready) hearLater(wire);
      } else {
        mute(wire);
        wire.destroy();
        peer?.destroy(); // before it gets our handshake
      }
    });
    torrent.once('ready', () => {
      for (const wire of torrent.wires) hearLater(wire);
      torrent.discovery?.tracker?.on('update', (answer: { readonly announce: string }) => {
        const named = namedIn(answer, this.#clock.now());
        if (named === undefined) return;
        this.#admission.heard(file, trackerOf(answer.announce), named);
        this.#waiting.look(torrent);
      });
    });
    this.#lookLater();
    return () => {
      this.#watched.delete(watched);
      if (![...this.#watched].some((other) => equalBytes(other.file, file))) this.#admission.forget(file);
    };
  }

  /**
   * Stands in for a torrent that is not open here: who asks for it waits as silently, and as long, as a stranger at one
   * that is. Else anybody could learn which ones are, and so what is read here. If it is opened meanwhile, he comes in.
   */
  closed(infoHash: string): Pick<Torrent, '_addIncomingPeer'> {
    const enter = (peer: Peer): boolean =>
      [...this.#watched].some((one) => one.torrent.infoHash === infoHash && one.enter(peer));
    return {
      _addIncomingPeer: (peer) => {
        peer.swarm = null; // there is none
        this.#hold(peer, () => enter(peer), undefined);
        this.#lookLater();
      },
    };
  }

  /** Where there is no place, all are sent away at once. */
  #hold(peer: Peer, admit: () => boolean, torrent: Torrent | undefined): void {
    const address = addressOf(peer);
    if (address !== undefined && this.#waiting.take(torrent, peer, address, admit)) return;
    peer.swarm = null; // it was never in
    peer.destroy();
  }

  /**
   * Dials somebody who has announced, unless somebody from there is here: who announces from one family of addresses may
   * connect from the other, and is met where the tracker saw him.
   */
  dial(torrent: Torrent, at: Endpoint, evenBeside = false): void {
    if (torrent.destroyed || !torrent.ready) return;
    const isFromThere = (peer: Peer): boolean => {
      const place = this.#connections.get(peer)?.place;
      return place !== undefined && equalBytes(place.address.bytes, at.address.bytes);
    };
    if (evenBeside || !peersOf(torrent).some(isFromThere)) torrent.addPeer(endpointText(at), 'tracker');
  }

  /** Bytes of pieces that have been given in it, also to those who have gone. */
  given(torrent: Torrent): number {
    const here = torrent.wires.reduce((sum, wire) => sum + wire.uploaded, 0);
    return (this.#givenBefore.get(torrent) ?? 0) + here;
  }

  /** Does somebody want its bytes, at whatever pace? */
  isWanted(torrent: Torrent): boolean {
    return torrent.wires.some((wire) => wire.peerInterested);
  }

  /** Does somebody want the bytes of the torrent, and take them? */
  isRead(torrent: Torrent): boolean {
    return peersOf(torrent).some((peer) => {
      const connection = this.#connections.get(peer);
      return (
        peer.wire?.peerInterested === true &&
        connection !== undefined &&
        this.#slack(peer, connection) === undefined
      );
    });
  }

  /**
   * Looks at once at all connections of the file, or at all: something has changed. The trackers of other members are
   * asked anew whom they let in; what they said of the file before the change counts no more.
   */
  recheck(file?: Hash32): void {
    if (file !== undefined) this.#admission.forget(file);
    for (const { torrent } of [...this.#watched].filter((one) => !file || equalBytes(one.file, file))) {
      for (const peer of peersOf(torrent)) this.#check(peer);
      if (!torrent.destroyed) torrent.discovery?.tracker?.update();
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#due = [];
    this.#threshold.clear();
    this.#waiting.clear();
  }

  #look(): void {
    this.#waiting.look();
    if (this.#due.length === 0) this.#due = [...this.#watched].flatMap(({ torrent }) => peersOf(torrent));
    for (const peer of this.#due.splice(0, limits.admissionsAtOnceMax)) this.#check(peer);
    this.#cancel = undefined;
    if (this.#watched.size > 0 || this.#waiting.size > 0) this.#lookLater();
  }

  #lookLater(): void {
    this.#cancel ??= this.#clock.after(limits.admissionEveryMs, () => this.#look());
  }

  #check(peer: Peer): void {
    const connection = this.#connections.get(peer);
    if (peer.destroyed || connection === undefined) return;
    this.#slack(peer, connection);
    if (this.#stays(peer, connection)) return;
    dismiss(peer, connection.watched.torrent);
  }

  #connection(watched: Watched, place: PeerAt, role: SwarmRole): Connection {
    return { watched, place, role, moved: 0, sinceMs: this.#clock.now() };
  }

  /** Whoever is something else than before must come again. */
  #stays(peer: Peer, connection: Connection): boolean {
    const role = this.#roleAt(connection.watched, connection.place);
    if (role === connection.role) return true;
    const served = role !== undefined && role !== 'intake' && connection.role !== 'intake';
    const waits = role !== undefined && peer.wire === null;
    if (served || waits) connection.role = role;
    return served || waits;
  }

  #roleAt({ file, reads }: Watched, { address, port }: PeerAt): SwarmRole | undefined {
    const role = this.#admission.roleAt(file, address, port);
    return role === 'intake' && !reads ? undefined : role;
  }
}

/** What came in one packet with the handshake, too: webtorrent listens to the wire a moment later. */
function hearLater(wire: Wire): void {
  setImmediate(() => within(wire, () => release(wire)));
}

function dismiss(peer: Peer, torrent: Torrent): void {
  // webtorrent would dial whoever waits there all the same.
  if (torrent._queue !== null) torrent._queue = torrent._queue.filter((one) => one !== peer);
  peer.destroy();
}

function addressOf({ conn }: Peer): Address | undefined {
  return parseAddress(conn?.remoteAddress ?? '');
}

function peersOf({ _peers }: Torrent): Peer[] {
  return [...(_peers?.values() ?? [])];
}

/** @param text - "192.0.2.1:6881" or "[2001:db8::1]:6881", as webtorrent has it from trackers. */
function placeOf(text: unknown): PeerAt | undefined {
  if (typeof text !== 'string') return undefined; // no WebRTC
  const colon = text.lastIndexOf(':');
  const host = text.slice(0, Math.max(colon, 0));
  const address = parseAddress(host.startsWith('[') ? host.slice(1, -1) : host);
  const port = Number(text.slice(colon + 1));
  return address && Number.isInteger(port) ? { address, port } : undefined;
}
