/**
 * A state instead of blocks: has members show, with certificates, how far the federation is; snapshot/trigger.ts decides.
 * Beside everything else, and a few members at a time, so that whoever is silent keeps no block from coming.
 */
import { limits } from '../../core/limits.ts';
import type { Clock, PeerKey } from '../../core/ports.ts';
import type { Lag } from './snapshot/trigger.ts';

type Ports = Pick<Lag, 'height' | 'over'> & {
  readonly clock: Clock;
  /** @returns true when a state is fetched. Undefined: none ever is. */
  readonly lag: ((peer: PeerKey, lag: Lag) => Promise<boolean>) | undefined;
  /** A state is fetched: there is nothing more to do. */
  fetched(): void;
  failed(error: unknown): void;
};

/** Asked at once: nine faulty ones of thirty may be silent. */
const AT_ONCE_MAX = 10;
/** It is decided by then, or without those who were asked. */
const DECIDED_MS = limits.requestTimeoutMs;

export class StateInstead {
  readonly #ports: Ports;
  #isAsking = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** @param peers - who are asked, in this order. @param otherwise - called when no state is fetched. Asks nobody while others are asked. */
  consider(peers: readonly PeerKey[], why: Lag['why'], otherwise: () => void = () => {}): void {
    if (this.#isAsking || peers.length === 0) return;
    this.#isAsking = true;
    void this.#isFetched(peers, why)
      .then((isFetched) => isFetched || this.#ports.over() || otherwise())
      .catch(this.#ports.failed)
      .finally(() => {
        this.#isAsking = false;
      });
  }

  async #isFetched(peers: readonly PeerKey[], why: Lag['why']): Promise<boolean> {
    const { lag, clock, height, over, fetched } = this.#ports;
    if (lag === undefined) return false;
    let isFetched = false;
    for (let at = 0; at < peers.length && !isFetched && !over(); at += AT_ONCE_MAX) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const cancel = clock.after(DECIDED_MS, resolve);
      const all = peers.slice(at, at + AT_ONCE_MAX).map(async (peer) => {
        if (!(await lag(peer, { height, why, over }))) return;
        isFetched = true;
        fetched();
        resolve();
      });
      await Promise.race([Promise.all(all), late]).finally(cancel);
    }
    return isFetched;
  }
}
