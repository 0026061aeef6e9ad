/**
 * How fast a member gives what is asked of it. Who answers late, again and again, with little, would keep a joiner
 * from ever opening: it is left for another one. If nobody is faster, less is asked for.
 */
import type { Clock } from '../../core/ports.ts';

/** Looked at after so long: a hiccup is no pace. */
const WINDOW_MS = 30_000;
/** 300 MB in two and a half hours. */
const BYTES_PER_SECOND_MIN = 32 * 1_024;

export class Pace {
  readonly #clock: Clock;
  #leastPerSecond = BYTES_PER_SECOND_MIN;
  #since = 0;
  #bytes = 0;
  #tooSlow = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  restart(): void {
    this.#since = this.#clock.now();
    this.#bytes = 0;
    this.#tooSlow = false;
  }

  came(bytes: number): void {
    const passedMs = this.#clock.now() - this.#since;
    this.#bytes += bytes;
    if (passedMs >= 0 && passedMs < WINDOW_MS) return;
    // A clock that was set back tells nothing.
    const tooSlow = passedMs > 0 && this.#bytes * 1_000 < this.#leastPerSecond * passedMs;
    this.restart();
    this.#tooSlow = tooSlow;
  }

  isTooSlow(): boolean {
    return this.#tooSlow;
  }

  easier(): void {
    this.#leastPerSecond /= 2;
  }
}
