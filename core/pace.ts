/** How fast bytes have come or gone lately: the mean since the look before the last, over some seconds at least. Pure. */
import type { UnixMs } from './scalars.ts';

export class Pace {
  readonly #overMs: number;
  #since: UnixMs;
  #bytes: number;
  #last: number | undefined;

  /** @param overMs - nothing is said of less time than that. @param bytes - that have come or gone so far. */
  constructor(overMs: number, now: UnixMs, bytes = 0) {
    this.#overMs = overMs;
    this.#since = now;
    this.#bytes = bytes;
  }

  /** @returns bytes a second; undefined until so much time has passed that it can be told. */
  read(now: UnixMs, bytes: number): number | undefined {
    const passedMs = now - this.#since;
    if (passedMs < 0)
      this.#begin(now, bytes); // the clock was set back
    else if (passedMs >= this.#overMs) {
      this.#last = ((bytes - this.#bytes) * 1_000) / passedMs;
      this.#begin(now, bytes);
    }
    return this.#last;
  }

  #begin(now: UnixMs, bytes: number): void {
    this.#since = now;
    this.#bytes = bytes;
  }
}
