/**
 * Places for the connections of an archive. Who has come and has not said for what counts by address and by network. Who is
 * let in has another place, out of reach of strangers, and counts by the key that has announced: a reading room of two
 * hundred readers stands behind one address, and one reader who announces at many ports is one. A key counts by whose pass it
 * shows: another member can make some for any key, and takes no place of a key that this library has let in. For whom it
 * answers so, and for whom its tracker has named, of whom no key is known, it has so many places. Where a bound is full,
 * whoever makes nothing of a place loses it to one who comes.
 */
import type { Socket } from 'node:net';
import { type Address, clientAddressOf, clientNetworkOf } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { type Bound, type Holder, onceCrowded, type Place, Places } from '../../core/places.ts';
import type { PeerShare } from './admission.ts';

/** Who is let in: to which torrent (its info hash, hex), from where, and towards whose places he may count. */
export type SlotHolder = {
  readonly torrent: string;
  readonly address: Address;
  readonly shares: readonly PeerShare[];
};
type Arrived = { readonly place: Place; slack: () => number | undefined };

export class PeerSlots {
  readonly #places = new Places();
  /** Of those who have come by themselves. */
  readonly #arrived = new WeakMap<Socket, Arrived>();

  /** @param slack - of one who does not say for what he has come. @returns false when there is no place. */
  arrived(socket: Socket, from: Address | undefined, slack: () => number | undefined): boolean {
    const bounds = [
      { name: 'unknown', max: limits.peersUnknownMax },
      { name: `network ${from && clientNetworkOf(from)}`, max: limits.peersUnknownPerNetworkMax },
      { name: `address ${from && clientAddressOf(from)}`, max: limits.peersUnknownPerAddressMax },
    ];
    const holder = { slack: () => this.#arrived.get(socket)!.slack(), lost: () => void socket.destroy() };
    const place = this.#places.take(bounds, holder);
    if (place === undefined) return false;
    this.#arrived.set(socket, { place, slack });
    socket.once('close', () => place.leave());
    return true;
  }

  /** He who has come is let in. @returns false when there is no place. */
  letIn(socket: Socket, whose: SlotHolder, slack: () => number | undefined): boolean {
    const arrived = this.#arrived.get(socket);
    if (arrived === undefined || !this.#inOrder(whose).some((bounds) => arrived.place.move(bounds)))
      return false;
    arrived.slack = slack;
    return true;
  }

  /** For one who is to be dialled, from before that. @returns a function that gives it back; undefined when there is none. */
  dialled(whose: SlotHolder, holder: Holder): (() => void) | undefined {
    for (const bounds of this.#inOrder(whose)) {
      const place = this.#places.take(bounds, holder);
      if (place !== undefined) return place.leave;
    }
    return undefined;
  }

  /** Of several keys at one address the one that has fewest connections comes first. */
  #inOrder({ torrent, address, shares }: SlotHolder): readonly (readonly Bound[])[] {
    const all = shares.map((share) => boundsOf(share, torrent, address));
    const taken = (bounds: readonly Bound[]): number => this.#places.count(bounds[0]!.name);
    return all.sort((a, b) => taken(a) - taken(b));
  }
}

/** The narrowest one first. */
function boundsOf(share: PeerShare, torrent: string, address: Address): readonly Bound[] {
  const all = { name: 'guests', max: limits.peerConnectionsMax };
  const guests = [
    onceCrowded(all, {
      name: `guests in ${clientNetworkOf(address)}`,
      max: limits.peersPerNetworkOfArchiveMax,
    }),
    { name: `guests of ${torrent}`, max: limits.peersPerTorrentMax },
    all,
  ];
  if (share.kind === 'named') {
    const { by, peers } = share;
    const here = {
      name: `of ${torrent} at ${clientAddressOf(address)}`,
      max: peers * limits.peersPerKeyOfTorrentMax,
    };
    return [here, answeredForBy(by), ...guests];
  }
  const { key, role, by } = share;
  const name = by === undefined ? key : `${key} by ${by}`;
  const own = { name: `of ${torrent} with ${name}`, max: limits.peersPerKeyOfTorrentMax };
  switch (role) {
    case 'reader': {
      const all = { name: `key ${name}`, max: limits.peersPerKeyMax };
      return [own, all, ...(by === undefined ? [] : [answeredForBy(by)]), ...guests];
    }
    case 'member': // at its own addresses, whose pass it may be
      return [
        own,
        { name: `member ${key}`, max: limits.peersPerMemberMax },
        { name: 'members', max: limits.peersOfMembersMax },
      ];
    case 'intake':
      return [own];
  }
}

function answeredForBy(member: string): Bound {
  return { name: `answered for by ${member}`, max: limits.peersPerNamingMemberMax };
}
