/**
 * Fetches of what strangers say that they seed, and that came to nothing. Whoever announces peers that send nothing could have
 * one begun after the other, as fast as they lose their places to each other. So a network has a few, and more with time;
 * a network whose readers bring what they announce uses up none.
 */
import { neighbourhoodOfHousehold } from '../../core/address.ts';
import { Buckets } from '../../core/buckets.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Bringer } from './brought-slot.ts';

export class InVain {
  readonly #clock: Clock;
  readonly #left = new Buckets({ perSecond: limits.broughtInVainPerSecond, most: limits.broughtInVainMax });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  mayTry({ paid, address }: Bringer): boolean {
    return paid || this.#left.left(neighbourhoodOfHousehold(address), this.#clock.now()) >= 1;
  }

  /** In vain. */
  tried({ paid, address }: Bringer): void {
    if (!paid) this.#left.take(neighbourhoodOfHousehold(address), 1, this.#clock.now());
  }
}
