/**
 * Who has come to a torrent and is not known: perhaps a reader whom the tracker of another member has let in a moment ago,
 * and has told of this archive. The trackers are asked again, and he is let in if they name him; until then he gets not
 * one byte, our handshake included. Few wait at a time, and the trackers are asked seldom: whoever knows an info hash can
 * make us ask.
 */
import type { Peer, Torrent } from 'webtorrent';
import { type Address, neighbourhoodOf } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { Places } from '../../core/places.ts';
import type { Clock } from '../../core/ports.ts';
import type { UnixMs } from '../../core/scalars.ts';

type Guest = {
  readonly peer: Peer;
  readonly torrent: Torrent | undefined;
  readonly sinceMs: UnixMs;
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
  #askedMs: UnixMs = 0;

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
    const place = this.#places.take(
      [
        { name: 'all', max: limits.peersWaitingMax },
        { name: `network ${neighbourhoodOf(address)}`, max: limits.peersWaitingPerNetworkMax },
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
    this.#guests.add({ peer, torrent, sinceMs: this.#clock.now(), tryAgain, leave: place.leave });
    if (torrent !== undefined) this.#ask(torrent);
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
  }

  clear(): void {
    for (const { peer, leave } of this.#guests) {
      leave();
      peer.destroy();
    }
    this.#guests.clear();
  }

  #ask(torrent: Torrent): void {
    const now = this.#clock.now();
    const isSoon = (thenMs: UnixMs, ms: number) => Math.abs(now - thenMs) < ms;
    const before = this.#asked.get(torrent) ?? 0;
    if (isSoon(before, limits.seedAnnounceMinMs) || isSoon(this.#askedMs, limits.askTrackersMinMs)) return;
    this.#asked.set(torrent, now);
    this.#askedMs = now;
    torrent.discovery?.tracker?.update();
  }
}
