/**
 * How fast each member has answered, in milliseconds a block: whom to ask next. Who answers late, or with little, is
 * asked last, however honest it may be; with time it is given another chance. When one after the other is late, our
 * own line may be the slow one: then less is asked for, and in the end more time is given.
 */
import { LRUCache } from 'lru-cache';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, PeerKey } from '../../core/ports.ts';
import type { UnixMs } from '../../core/scalars.ts';

/** Twice as much would have come in good time as well. */
const FAST_MS = limits.rangePatienceMs / 4;
/** What was slow once may be fast another day: what is known is worth half as much after so long. */
const HALVES_MS = 60_000;
/** Down to one block, and to more patience than the network has. */
const SHRINKS_MAX = Math.log2(limits.rangeBlocksMax) + 2;

export class ResponseTimes {
  readonly #clock: Clock;
  readonly #times = new LRUCache<string, { readonly msPerBlock: number; readonly at: UnixMs }>({
    max: limits.membersMax,
  });
  /** So many more were late than have been fast since. */
  #shrinks = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A range that may come in time. */
  get blocks(): number {
    return Math.max(1, Math.floor(limits.rangeBlocksMax / 2 ** this.#shrinks));
  }

  /** How long one waits for it before another one is asked. */
  get patienceMs(): number {
    return limits.rangePatienceMs * Math.max(1, 2 ** this.#shrinks / limits.rangeBlocksMax);
  }

  /** The fastest; of those that nobody knows the first. @returns undefined when there are none. */
  best(peers: Iterable<PeerKey>): PeerKey | undefined {
    let best: PeerKey | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const peer of peers) {
      const time = this.of(peer);
      if (best !== undefined && time >= least) continue;
      best = peer;
      least = time;
    }
    return best;
  }

  of(peer: PeerKey): number {
    const known = this.#times.get(toHex(peer));
    if (known === undefined) return 0;
    return known.msPerBlock / 2 ** (Math.abs(this.#clock.now() - known.at) / HALVES_MS);
  }

  /** It has answered with so many blocks. */
  took(peer: PeerKey, ms: number, blocks: number): void {
    const time = Math.max(0, ms) / Math.max(1, blocks);
    const before = this.#times.has(toHex(peer)) ? this.of(peer) : time;
    this.#set(peer, (before + time) / 2);
    if (ms < FAST_MS && blocks > 0) this.#shrinks = Math.max(0, this.#shrinks - 1);
  }

  /** It has not answered for so long. */
  late(peer: PeerKey, ms: number): void {
    this.#shrinks = Math.min(SHRINKS_MAX, this.#shrinks + 1);
    this.#set(peer, Math.max(this.of(peer), ms));
  }

  #set(peer: PeerKey, msPerBlock: number): void {
    this.#times.set(toHex(peer), { msPerBlock, at: this.#clock.now() });
  }
}
