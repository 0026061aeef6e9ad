/**
 * Who has come to a torrent and is not known: perhaps a reader whom the tracker of another member has let in a moment ago,
 * and has told of this archive. The trackers are asked again, and he is let in if they name him; until then he gets not
 * one byte, our handshake included. Few wait at a time, and the trackers are asked seldom: whoever knows an info hash can
 * make us ask. So networks take turns: however many come from elsewhere, the trackers are asked for a reader next.
 */
import type { Peer, Torrent } from 'webtorrent';
import { type Address, clientNetworkOf } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { Places } from '../../core/places.ts';
import type { Clock } from '../../core/ports.ts';
import type { UnixMs } from '../../core/scalars.ts';

type Guest = {
  readonly peer: Peer;
  readonly network: string;
  readonly torrent: Torrent | undefined;
  readonly sinceMs: UnixMs;
  /** The trackers have been asked since he came. */
  asked: boolean;
  /** Lets him in, if he is known now. @returns is he? */
  tryAgain(): boolean;
  leave(): void;
};

/** Nobody waits for long. */
const STAYS = { slack: () => undefined, lost: () => undefined };

export class WaitingRoom {
  readonly #clock: Clock;
  readonly #guests = new Set<Guest>();
  readonly #places = new Places();
  readonly #asked = new WeakMap<Torrent, UnixMs>();
  /** By network: when they were asked because of it, not long ago. */
  readonly #turns = new Map<string, UnixMs>();
  #askedMs: UnixMs | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#guests.size;
  }

  /**
   * @param torrent - undefined: there is none, and nobody is asked.
   * @param admit - called when the trackers have answered: takes him into the torrent if he is known now.
   * @returns false when there is no place.
   */
  take(torrent: Torrent | undefined, peer: Peer, address: Address, admit: () => boolean): boolean {
    const network = clientNetworkOf(address);
    const place = this.#places.take(
      [
        { name: 'all', max: limits.peersWaitingMax },
        { name: `network ${network}`, max: limits.peersWaitingPerNetworkMax },
      ],
      STAYS,
    );
    if (place === undefined) return false;
    const { onHandshake } = peer;
    let greeted = (): void => {};
    peer.onHandshake = (infoHash, peerId) => {
      greeted = () => onHandshake.call(peer, infoHash, peerId);
    };
    const tryAgain = (): boolean => {
      if (!admit()) return false;
      peer.onHandshake = onHandshake;
      greeted();
      return true;
    };
    const sinceMs = this.#clock.now();
    this.#guests.add({ peer, network, torrent, sinceMs, asked: false, tryAgain, leave: place.leave });
    this.#askNext();
    return true;
  }

  /** Time has passed; or a tracker has answered, of this torrent. */
  look(torrent?: Torrent): void {
    const now = this.#clock.now();
    for (const guest of this.#guests) {
      if (torrent !== undefined && guest.torrent !== torrent) continue;
      const { peer, sinceMs, leave } = guest;
      const isOver = peer.destroyed || Math.abs(now - sinceMs) >= limits.peerWaitsMs;
      if (!isOver && !guest.tryAgain()) continue;
      this.#guests.delete(guest);
      leave();
      if (isOver) peer.destroy();
    }
    this.#askNext();
  }

  clear(): void {
    for (const { peer, leave } of this.#guests) {
      leave();
      peer.destroy();
    }
    this.#guests.clear();
  }

  /** Because of the network for which they were asked longest ago. */
  #askNext(): void {
    const now = this.#clock.now();
    const isSoon = (thenMs: UnixMs | undefined, ms: number) =>
      thenMs !== undefined && Math.abs(now - thenMs) < ms;
    if (isSoon(this.#askedMs, limits.askTrackersMinMs)) return;
    for (const [network, atMs] of this.#turns) {
      if (!isSoon(atMs, limits.peerWaitsMs)) this.#turns.delete(network);
    }
    const turnOf = ({ network }: Guest): number => this.#turns.get(network) ?? 0;
    const goesBefore = (a: Guest, b: Guest): boolean =>
      turnOf(a) < turnOf(b) || (turnOf(a) === turnOf(b) && !a.asked && b.asked);
    let next: (Guest & { readonly torrent: Torrent }) | undefined;
    for (const guest of this.#guests) {
      const { torrent, asked } = guest;
      if (torrent?.discovery == null || guest.peer.destroyed) continue;
      const pauseMs = asked ? limits.seedAnnounceMinMs : limits.askTrackersOfTorrentMinMs;
      if (isSoon(this.#asked.get(torrent), pauseMs)) continue;
      if (next === undefined || goesBefore(guest, next)) next = { ...guest, torrent };
    }
    if (next === undefined) return;
    const { torrent, network } = next;
    for (const guest of this.#guests) if (guest.torrent === torrent) guest.asked = true;
    this.#asked.set(torrent, now);
    this.#askedMs = now;
    this.#turns.set(network, now);
    torrent.discovery?.tracker?.update();
  }
}
