/**
 * Places for those who have connected and have not shown that they are members. libp2p counts them in one number: three
 * addresses that connect and say nothing had all of them, and no member came in any more. Here they count by address and
 * by network, and whoever takes longer than a handshake does makes room for one who comes (docs/decisions/places.md). A
 * stranger's place stays taken for a second, also when he has gone: a handshake costs some milliseconds.
 */
import type { MultiaddrConnection } from '@libp2p/interface';
import { clientAddressOf, clientNetworkOf } from '../core/address.ts';
import { limits } from '../core/limits.ts';
import { type Place, Places } from '../core/places.ts';
import type { Clock } from '../core/ports.ts';
import { remoteAddress } from './multiaddrs.ts';

export type Newcomer = Pick<MultiaddrConnection, 'remoteAddr' | 'abort' | 'addEventListener'>;
type Came = { readonly place: Place; readonly atMs: number; open: boolean };

export class Newcomers {
  readonly #clock: Clock;
  readonly #places = new Places();
  readonly #known = new WeakMap<object, Came>();
  /** Those of the last second, in the order in which they came. */
  #latest: Came[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody has connected. @returns false when there is no place. */
  arrived(newcomer: Newcomer): boolean {
    this.#forget();
    const from = remoteAddress(newcomer.remoteAddr);
    const atMs = this.#clock.now();
    const slack = (): number | undefined => {
      const forMs = Math.abs(this.#clock.now() - atMs);
      return forMs >= limits.newcomerGreetsMs ? forMs : undefined;
    };
    const place = this.#places.take(
      [
        { name: 'all', max: limits.newcomersMax },
        { name: `network ${from && clientNetworkOf(from)}`, max: limits.newcomersPerNetworkMax },
        { name: `address ${from && clientAddressOf(from)}`, max: limits.newcomersPerAddressMax },
      ],
      { slack, lost: () => newcomer.abort(new Error('it made room for one who came')) },
    );
    if (place === undefined) return false;
    const came: Came = { place, atMs, open: true };
    this.#known.set(newcomer, came);
    this.#latest.push(came);
    newcomer.addEventListener('close', () => {
      came.open = false;
      if (slack() !== undefined) place.leave();
    });
    return true;
  }

  /** It has shown the key of a member, and has a place among those. */
  isMember(newcomer: Newcomer): void {
    this.#known.get(newcomer)?.place.leave();
  }

  /** A second is over: who has gone by then gives his place back. */
  #forget(): void {
    const now = this.#clock.now();
    this.#latest = this.#latest.filter(({ place, atMs, open }) => {
      const isOver = Math.abs(now - atMs) >= limits.newcomerGreetsMs;
      if (isOver && !open) place.leave();
      return !isOver;
    });
  }
}
