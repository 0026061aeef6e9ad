/** @pure What is known of the members that are connected: since when, and what they said of themselves last. */
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { PeerKey } from '../../../core/ports.ts';
import type { Height, UnixMs } from '../../../core/scalars.ts';

export type Acquaintance = {
  readonly key: PeerKey;
  readonly since: UnixMs;
  /** Of its last final block, by its own word; undefined until it has said hello. */
  readonly height: Height | undefined;
  /** Of our last hello and its answer. */
  readonly roundTripMs: number | undefined;
};

export class Acquaintances {
  /** By key, hex. Members only come here. */
  readonly #met = new Map<string, Acquaintance>();

  connected(key: PeerKey, now: UnixMs): void {
    const name = toHex(key);
    if (this.#met.has(name) || this.#met.size >= limits.membersMax) return;
    this.#met.set(name, { key, since: now, height: undefined, roundTripMs: undefined });
  }

  disconnected(key: PeerKey): void {
    this.#met.delete(toHex(key));
  }

  /** @param roundTripMs - undefined when it spoke first. */
  heard(key: PeerKey, height: Height, roundTripMs: number | undefined): void {
    const name = toHex(key);
    const met = this.#met.get(name);
    if (met !== undefined) {
      this.#met.set(name, { ...met, height, roundTripMs: roundTripMs ?? met.roundTripMs });
    }
  }

  /** In the order in which they came. */
  all(): readonly Acquaintance[] {
    return [...this.#met.values()];
  }
}
