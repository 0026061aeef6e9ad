/**
 * How fast a member gives what is asked of it. Who answers late, again and again, with little, would keep a joiner
 * from ever opening: it is left for another one. If nobody is faster, less is asked for.
 */
import { limits } from '../../../core/limits.ts';
import type { Clock } from '../../../core/ports.ts';

export class Pace {
  readonly #clock: Clock;
  #leastPerSecond = limits.snapshotBytesPerSecondMin;
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
    if (passedMs >= 0 && passedMs < limits.snapshotPaceMs) return;
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
