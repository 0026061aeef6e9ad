/**
 * What each of many may use up: a bucket of each that fills with time and is emptied by what it asks for. Bounded in
 * number: who has asked for nothing for the longest time is forgotten, and begins with a full bucket again. Pure.
 */
import type { UnixMs } from './scalars.ts';

export type BucketBounds = {
  readonly perSecond: number;
  /** What one may have saved. */
  readonly most: number;
};

type Bucket = { left: number; at: UnixMs };

const NAMES_MAX = 50_000;

export class TokenBuckets {
  readonly #bounds: BucketBounds;
  readonly #namesMax: number;
  /** In order of their last use. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(bounds: BucketBounds, namesMax = NAMES_MAX) {
    this.#bounds = bounds;
    this.#namesMax = namesMax;
  }

  left(name: string, now: UnixMs): number {
    return this.#filled(name, now).left;
  }

  /** Takes so much in any case: whoever asks looks at `left` before. */
  take(name: string, cost: number, now: UnixMs): void {
    const bucket = this.#filled(name, now);
    bucket.left -= cost;
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    if (this.#buckets.size > this.#namesMax) this.#buckets.delete(this.#buckets.keys().next().value!);
  }

  /**
   * Takes what something has cost beyond what was known before: into debt, but no deeper than one may have saved, so that
   * nobody waits for longer than it takes to save as much twice.
   * @returns what is still owed.
   */
  charge(name: string, cost: number, now: UnixMs): number {
    const taken = Math.min(cost, Math.max(0, this.left(name, now) + this.#bounds.most));
    this.take(name, taken, now);
    return cost - taken;
  }

  #filled(name: string, now: UnixMs): Bucket {
    const { perSecond, most } = this.#bounds;
    const known = this.#buckets.get(name);
    if (known === undefined) return { left: most, at: now };
    // A clock that is set back gives nothing and takes nothing.
    known.left = Math.min(most, known.left + (Math.max(0, now - known.at) * perSecond) / 1_000);
    known.at = now;
    return known;
  }
}
