/**
 * How fast each member has answered, in milliseconds a block: whom to ask next. Who answers late, or with little, is
 * asked last, however honest it may be; with time it is given another chance.
 */
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { PeerKey } from '../core/ports.ts';
import { Lru } from './lru.ts';

export class Paces {
  readonly #msPerBlock = new Lru<number>(limits.membersMax);

  /** The fastest; of those that nobody knows the first. @returns undefined when there are none. */
  best(peers: Iterable<PeerKey>): PeerKey | undefined {
    let best: PeerKey | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const peer of peers) {
      const pace = this.of(peer);
      if (best !== undefined && pace >= least) continue;
      best = peer;
      least = pace;
    }
    return best;
  }

  of(peer: PeerKey): number {
    return this.#msPerBlock.get(toHex(peer)) ?? 0;
  }

  /** It has answered with so many blocks. */
  took(peer: PeerKey, ms: number, blocks: number): void {
    const pace = Math.max(0, ms) / Math.max(1, blocks);
    const before = this.#msPerBlock.get(toHex(peer)) ?? pace;
    this.#msPerBlock.set(toHex(peer), (before + pace) / 2);
  }

  /** It has not answered for so long. */
  late(peer: PeerKey, ms: number): void {
    this.#msPerBlock.set(toHex(peer), Math.max(this.of(peer), ms));
  }

  /** What was slow once may be fast another day. */
  forgive(peers: Iterable<PeerKey>): void {
    for (const peer of peers) this.#msPerBlock.set(toHex(peer), this.of(peer) / 2);
  }
}
