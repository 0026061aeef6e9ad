/**
 * Fetches of what readers say that they seed, and that came to nothing. Whoever announces peers that send nothing could have
 * one begun after the other, as fast as they lose their places to each other. So a network of strangers, and a key that has
 * paid, have some, and more with time; whoever brings what he has announced uses up none. The first try of each claim is
 * paid for with the claim (rpc/costs.ts): nobody's neighbours can take it from him.
 */
import { networkOfClientAddress } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import { TokenBuckets } from '../../core/token-buckets.ts';
import type { Bringer } from './brought-slot.ts';

export class InVain {
  readonly #clock: Clock;
  readonly #left = new TokenBuckets({
    perSecond: limits.broughtInVainPerSecond,
    most: limits.broughtInVainMax,
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mayTry(by: Bringer): boolean {
    return by.isFirst === true || this.#left.left(shareOf(by), this.#clock.now()) >= 1;
  }

  /** In vain. */
  tried(by: Bringer): void {
    if (by.isFirst !== true) this.#left.take(shareOf(by), 1, this.#clock.now());
  }
}

function shareOf({ paid, key, address }: Bringer): string {
  return paid ? `key ${toHex(key)}` : networkOfClientAddress(address);
}
