/**
 * Who may meet this archive for a file. At our own tracker: whoever is in a swarm of the file, asked anew each time
 * (torrent/peers.ts, `Presence`). At the tracker of another member: whoever it has named in its last answer to this
 * archive as let in by its gate. Nobody else: an info hash is no secret and opens nothing. Who brings a file (`intake`)
 * is known to our own tracker only, and is read from, never served.
 */
import type { Address } from '../../core/address.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { type Endpoint, entryBytesOf, findPeer } from '../../torrent/compact-peers.ts';
import type { KnownPeer, Presence, SwarmRole } from '../../torrent/peers.ts';
import { type AdmittedList, AdmittedLists, type Named } from '../trackers/admitted-lists.ts';
import type { Visitor } from './visits.ts';

export type AdmissionPorts = {
  readonly clock: Clock;
  /** Of our own tracker. */
  readonly presence: Presence;
  /** Of the other members, as they are now. */
  trackers(): readonly MemberTracker[];
};

export type MemberTracker = {
  /** Its key, hex. */
  readonly member: string;
  /** Where it is, as in torrents: "http://192.0.2.1:6969". Two may say the same. */
  readonly base: string;
};

/**
 * Towards whose places a connection may count: a key that has announced here; or the member (hex) whose tracker has named
 * its address, with how many peers it has named there.
 */
export type PeerShare =
  | ({ readonly kind: 'key' } & KnownPeer)
  | { readonly kind: 'named'; readonly by: string; readonly peers: number };

export class Admission {
  readonly #ports: AdmissionPorts;
  /** By tracker. */
  readonly #lists = new Map<string, AdmittedLists>();

  constructor(ports: AdmissionPorts) {
    this.#ports = ports;
  }

  /** @param port - of a peer that is dialled: it must be at exactly this place. undefined: it has come by itself. */
  roleAt(file: Hash32, address: Address, port?: number): SwarmRole | undefined {
    const { presence } = this.#ports;
    const here = presence.roleAt(file, address, port);
    if (here === 'reader' || here === 'member') return here;
    if (presence.takenDown(file)) return here;
    return this.#naming(file, address, port).next().done === true ? here : 'reader';
  }

  /** @param peerId - with which it has shaken hands, hex; some clients announce with another one. */
  sharesAt(file: Hash32, address: Address, port?: number, peerId?: string): readonly PeerShare[] {
    const here = this.#ports.presence.whoAt(file, address, port, peerId);
    const named = [...this.#naming(file, address, port)].map(({ member, list }) => {
      return { kind: 'named', by: member, peers: countIn(list, address, port) } as const;
    });
    return [...here.map((known) => ({ kind: 'key', ...known }) as const), ...named];
  }

  /** Who pays for what somebody costs who is let in (visits.ts). @param peerId - as in `sharesAt`. */
  payerAt(file: Hash32, address: Address, peerId: string): Visitor {
    const known = this.#ports.presence.byId(file, address, peerId);
    // A member is one at its own addresses only.
    return known === undefined || known.role === 'member'
      ? { address }
      : { address, key: known.key, by: known.by };
  }

  /**
   * The tracker of another member has answered; what it does not name any more has left.
   * @param tracker - its base, as in `trackers()`.
   */
  heard(file: Hash32, tracker: string, named: Named): void {
    const trackers = this.#ports.trackers().map(({ base }) => base);
    for (const one of this.#lists.keys()) if (!trackers.includes(one)) this.#lists.delete(one);
    if (!trackers.includes(tracker)) return;
    const saidMs = this.#ports.clock.now();
    const name = toHex(file);
    const lists = this.#lists.get(tracker) ?? new AdmittedLists();
    const known = lists.get(name);
    const startedAnew = known !== undefined && named.sinceMs > known.last.saidMs;
    lists.set(name, {
      last: { ...cut(named), saidMs },
      before: startedAnew ? known.last : known?.before,
    });
    this.#lists.set(tracker, lists);
  }

  /** The archive has left the swarms of the file. */
  forget(file: Hash32): void {
    for (const lists of this.#lists.values()) lists.delete(toHex(file));
  }

  /** Kept of what the tracker of a member has said; at most limits.namedBytesPerMemberMax. */
  bytesOf(tracker: string): number {
    return this.#lists.get(tracker)?.bytes ?? 0;
  }

  /** Of each member whose tracker names somebody there, the last list that does. */
  *#naming(
    file: Hash32,
    address: Address,
    port: number | undefined,
  ): Generator<{ readonly member: string; readonly list: AdmittedList }> {
    const name = toHex(file);
    const now = this.#ports.clock.now();
    const isMeant = (list: AdmittedList): boolean => {
      if (Math.abs(now - list.saidMs) >= limits.peerLifeMs) return false; // a clock may be set back
      const { entries, count } = entriesIn(list, address);
      return findPeer(entries, count, address, port) >= 0;
    };
    // Whoever is a member no more has no say.
    for (const { member, base } of this.#ports.trackers()) {
      const row = this.#lists.get(base)?.get(name);
      if (row === undefined) continue;
      if (isMeant(row.last)) yield { member, list: row.last };
      else if (row.before !== undefined && isMeant(row.before)) yield { member, list: row.before };
    }
  }
}

function entriesIn({ peers, peers6 }: AdmittedList, { family }: Address): { entries: Bytes; count: number } {
  const entries = family === 4 ? peers : peers6;
  return { entries, count: entries.length / entryBytesOf(family) };
}

/** How many peers are named there: no more than have places. */
function countIn(list: AdmittedList, address: Address, port: number | undefined): number {
  const { entries, count } = entriesIn(list, address);
  let found = 0;
  let at = findPeer(entries, count, address, port);
  while (at >= 0 && found < limits.peersPerNamingMemberMax) {
    found += 1;
    at = findPeer(entries, count, address, port, at + 1);
  }
  return found;
}

/** Of the peers of one reader, who is read from where he is dialled; nobody else comes in. @param from - where they are now. */
export function onlyAt(
  from: () => readonly Endpoint[],
  { clock, presence }: Omit<AdmissionPorts, 'trackers'>,
): Admission {
  const isThere = (address: Address, port: number | undefined): boolean =>
    from().some((at) => at.port === port && equalBytes(at.address.bytes, address.bytes));
  return new Admission({
    clock,
    presence: {
      // Whatever else they are in the swarms of the file: they bring it.
      roleAt: (_, address, port) => (isThere(address, port) ? 'intake' : undefined),
      whoAt: (_, address, port) =>
        isThere(address, port) ? [{ key: 'his', role: 'intake', by: undefined }] : [],
      byId: () => undefined,
      waiting: () => [],
      takenDown: (file) => presence.takenDown(file),
    },
    trackers: () => [],
  });
}

/** No member needs more room than its largest swarm. */
function cut({ peers, peers6, sinceMs }: Named): Named {
  return { peers: whole(peers, 4), peers6: whole(peers6, 6), sinceMs };
}

function whole(entries: Bytes, family: 4 | 6): Bytes {
  const width = entryBytesOf(family);
  const count = Math.min(Math.floor(entries.length / width), limits.peersPerSwarmMax);
  return entries.slice(0, count * width);
}
