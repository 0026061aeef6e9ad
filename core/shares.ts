/**
 * How many there are of something that many bring: of all together, of a network, of a key. Each counts towards several
 * bounds at once. As core/places.ts, for what no holder gives back by himself: who has to leave is for those to say who
 * count by them (node/content/uploads/intakes.ts). Pure.
 */
import { assert } from './assert.ts';
import type { Bound } from './places.ts';

export class Shares {
  /** By the name of the bound. None is 0. */
  readonly #counts = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  count(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** @param by - 1: one more has come; −1: one that had come with the same names has gone. */
  add(shares: readonly Bound[], by: 1 | -1): void {
    for (const { name } of shares) {
      const count = this.count(name) + by;
      assert(count >= 0, 'what leaves has come');
      if (count === 0) this.#counts.delete(name);
      else this.#counts.set(name, count);
    }
  }

  /**
   * How many have to leave so that there is room for one more under this bound?
   * @param leaving - what those count towards that leave already.
   */
  tooMany({ name, max, when }: Bound, leaving: readonly Bound[] = []): number {
    const here = (of: string) => this.count(of) - leaving.filter((one) => one.name === of).length;
    const many = Math.max(0, here(name) + 1 - max);
    if (when === undefined) return many;
    // More came while nobody else wanted the room: they stay, and one who comes takes the place of one.
    return here(when.name) < when.least ? 0 : Math.min(many, 1);
  }

  /** Is there room for one more? @param leaving - what one that it takes the place of counts towards. */
  hasRoom(shares: readonly Bound[], leaving: readonly Bound[] = []): boolean {
    return shares.every((bound) => this.tooMany(bound, leaving) === 0);
  }
}
