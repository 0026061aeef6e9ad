/**
 * What a peer may cost us: an account of each that fills with time and is emptied by the work that it makes. Who
 * has nothing left is not listened to for a while, so that a flood by one member costs the others nothing. Knows
 * neither what is done nor why it costs so much.
 */
import { LRUCache } from 'lru-cache';
import { toHex } from '../../core/bytes.ts';
import type { Clock, PeerKey } from '../../core/ports.ts';

export type AllowanceBounds = {
  readonly perSecond: number;
  /** What a peer may have saved. */
  readonly most: number;
};

type Account = { left: number; at: number };

/** More than there are members. */
const PEERS_MAX = 1_024;

export class Allowance {
  readonly #clock: Clock;
  readonly #bounds: AllowanceBounds;
  readonly #accounts = new LRUCache<string, Account>({ max: PEERS_MAX });

  constructor(clock: Clock, bounds: AllowanceBounds) {
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** Less than nothing when the peer has cost more than it could pay. */
  left(peer: PeerKey): number {
    return this.#account(peer).left;
  }

  /** @returns false, and takes nothing, when the peer has not got so much. */
  take(peer: PeerKey, cost: number): boolean {
    const account = this.#account(peer);
    if (account.left < cost) return false;
    account.left -= cost;
    return true;
  }

  /** Costs this much in any case, down to as far below nothing as one can save above. */
  charge(peer: PeerKey, cost: number): void {
    const account = this.#account(peer);
    account.left = Math.max(-this.#bounds.most, account.left - cost);
  }

  #account(peer: PeerKey): Account {
    const { perSecond, most } = this.#bounds;
    const name = toHex(peer);
    const now = this.#clock.now();
    const known = this.#accounts.get(name) ?? { left: most, at: now };
    // A clock that is set back gives nothing and takes nothing.
    const passedMs = Math.max(0, now - known.at);
    known.left = Math.min(most, known.left + (passedMs * perSecond) / 1_000);
    known.at = now;
    this.#accounts.set(name, known);
    return known;
  }
}
