/**
 * A look at each of many, again and again: some in each turn of the loop, so that thousands do not hold it. A round that
 * has begun comes to its end, whatever is asked meanwhile: whoever stands at its end is looked at, too.
 */
import type { Clock } from '../../../core/ports.ts';
import { Timers } from '../../process/timers.ts';

export type SweepBounds = {
  /** So many are looked at in one turn of the loop. */
  readonly atOnce: number;
  /** From the end of one round to the beginning of the next. */
  readonly everyMs: number;
};

export class Sweep {
  readonly #timers: Timers;
  readonly #bounds: SweepBounds;
  readonly #names: () => readonly string[];
  readonly #look: (name: string) => void;

  /**
   * @param names - of all that are to be looked at, in that order; asked when a round begins.
   * @param look - at one of them, which may be gone by then.
   */
  constructor(
    clock: Clock,
    bounds: SweepBounds,
    names: () => readonly string[],
    look: (name: string) => void,
  ) {
    this.#timers = new Timers(clock);
    this.#bounds = bounds;
    this.#names = names;
    this.#look = look;
  }

  start(): void {
    this.#next(0);
  }

  stop(): void {
    this.#timers.cancelAll();
  }

  #next(delayMs: number): void {
    this.#timers.set('round', delayMs, () => this.#go(this.#names()));
  }

  #go(names: readonly string[]): void {
    const { atOnce, everyMs } = this.#bounds;
    for (const name of names.slice(0, atOnce)) this.#look(name);
    const rest = names.slice(atOnce);
    if (rest.length === 0) this.#next(everyMs);
    else this.#timers.set('round', 0, () => this.#go(rest));
  }
}
