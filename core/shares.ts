/**
 * How many there are of something that many bring: of all together, of a network, of a key. Each counts towards several
 * bounds at once. As core/places.ts, for what nobody can be asked to give back. Pure.
 */
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
      if (count === 0) this.#counts.delete(name);
      else this.#counts.set(name, count);
    }
  }

  /** Is there room for one more? @param leaving - what one that it takes the place of counts towards. */
  hasRoom(shares: readonly Bound[], leaving: readonly Bound[] = []): boolean {
    const here = (name: string) => this.count(name) - (leaving.some((one) => one.name === name) ? 1 : 0);
    return shares.every(
      ({ name, max, when }) => here(name) < max || (when !== undefined && here(when.name) < when.least),
    );
  }
}
