/**
 * Peers that a fetch dials again and again, because they may listen only later: at once when they have announced, then after
 * pauses that double up to some seconds. Pure: the time is told.
 */
import type { UnixMs } from '../../core/scalars.ts';
import { type Endpoint, endpointText } from '../../torrent/compact-peers.ts';

type Dialled = { readonly at: UnixMs; readonly pauseMs: number };

export class Redial {
  readonly #firstMs: number;
  readonly #mostMs: number;
  /** By endpoint; of those that were named last. */
  #dialled = new Map<string, Dialled>();

  /** @param firstMs - the first pause. @param mostMs - the longest. */
  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
  }

  /** @param named - all that may be dialled. @returns those whose time has come. */
  due(named: readonly Endpoint[], now: UnixMs): readonly Endpoint[] {
    const before = this.#dialled;
    this.#dialled = new Map();
    return named.filter((endpoint) => {
      const name = endpointText(endpoint);
      const last = before.get(name);
      const isDue = last === undefined || Math.abs(now - last.at) >= last.pauseMs;
      const pauseMs = last === undefined ? this.#firstMs : Math.min(this.#mostMs, 2 * last.pauseMs);
      this.#dialled.set(name, isDue ? { at: now, pauseMs } : last!);
      return isDue;
    });
  }
}
