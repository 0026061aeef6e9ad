/**
 * Who may meet this archive for a file. At our own tracker: whoever is in a swarm of the file, asked anew each time
 * (presence.ts). At the tracker of another member: whoever it has named in its last answer to this archive as let in by
 * its gate. Nobody else: an info hash is no secret and opens nothing. Who brings a file (`intake`) is known to our own
 * tracker only, and is read from, never served.
 */
import type { Address } from '../../core/address.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Hash32, UnixMs } from '../../core/scalars.ts';
import { type Endpoint, entryBytesOf, findPeer } from '../compact-peers.ts';
import type { Presence, Role } from '../ports.ts';

export type AdmissionPorts = {
  readonly clock: Clock;
  /** Of our own tracker. */
  readonly presence: Presence;
  /** Where the trackers of the other members are now, as in torrents: "http://192.0.2.1:6969". */
  trackers(): readonly string[];
};

/** What a tracker tells an archive: see tracker/bencode-reply.ts, Admitted. */
export type Named = { readonly peers: Bytes; readonly peers6: Bytes; readonly sinceMs: UnixMs };
type Word = Named & { readonly saidMs: UnixMs };
/** `before`: what it said before it was started anew, and may have forgotten since. */
type Words = { readonly last: Word; readonly before: Word | undefined };

export class Admission {
  readonly #ports: AdmissionPorts;
  /** By file in hex, then by tracker. */
  readonly #words = new Map<string, Map<string, Words>>();

  constructor(ports: AdmissionPorts) {
    this.#ports = ports;
  }

  /** @param port - of a peer that is dialled: it must be at exactly this place. undefined: it has come by itself. */
  roleAt(file: Hash32, address: Address, port?: number): Role | undefined {
    const { presence } = this.#ports;
    const here = presence.roleAt(file, address, port);
    if (here === 'reader' || here === 'member') return here;
    return !presence.takenDown(file) && this.#isNamed(file, address, port) ? 'reader' : here;
  }

  /**
   * The tracker of another member has answered; what it does not name any more has left.
   * @param tracker - its base, as in `trackers()`.
   */
  heard(file: Hash32, tracker: string, named: Named): void {
    const saidMs = this.#ports.clock.now();
    const name = toHex(file);
    const trackers = this.#words.get(name) ?? new Map<string, Words>();
    const known = trackers.get(tracker);
    const startedAnew = known !== undefined && named.sinceMs > known.last.saidMs;
    trackers.set(tracker, {
      last: { ...cut(named), saidMs },
      before: startedAnew ? known.last : known?.before,
    });
    this.#words.set(name, trackers);
  }

  /** The archive has left the swarms of the file. */
  forget(file: Hash32): void {
    this.#words.delete(toHex(file));
  }

  #isNamed(file: Hash32, address: Address, port: number | undefined): boolean {
    const trackers = this.#words.get(toHex(file));
    if (trackers === undefined) return false;
    const now = this.#ports.clock.now();
    const isMeant = ({ peers, peers6, saidMs }: Word): boolean => {
      if (Math.abs(now - saidMs) >= limits.peerLifeMs) return false; // a clock may be set back
      const entries = address.family === 4 ? peers : peers6;
      return findPeer(entries, entries.length / entryBytesOf(address.family), address, port) >= 0;
    };
    // Whoever is a member no more has no say.
    return this.#ports.trackers().some((tracker) => {
      const words = trackers.get(tracker);
      return words !== undefined && (isMeant(words.last) || (words.before && isMeant(words.before)));
    });
  }
}

/** @param answer - of a tracker to an announce of this archive. @returns undefined when it names nobody. */
export function namedIn(answer: object, now: UnixMs): Named | undefined {
  const { admitted, admitted6, 'up seconds': seconds } = answer as { readonly [key: string]: unknown };
  if (!(admitted instanceof Uint8Array) || !(admitted6 instanceof Uint8Array)) return undefined;
  const upMs = typeof seconds === 'number' && seconds >= 0 ? seconds * 1_000 : 0;
  return { peers: admitted, peers6: admitted6, sinceMs: now - upMs };
}

/** The tracker's base of an announce URL: see announceUrl in tracker/tracker.ts. */
export function trackerOf(announceUrl: string): string {
  return announceUrl.slice(0, announceUrl.lastIndexOf('/announce/'));
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
