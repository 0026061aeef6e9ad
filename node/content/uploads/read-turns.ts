/** So many at once; who comes meanwhile waits, in the order in which they came. Those who come are bounded elsewhere. Pure. */
export class ReadTurns {
  readonly #atOnceMax: number;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** @returns a function that gives the turn to the next one. */
  async enter(): Promise<() => void> {
    if (this.#taken < this.#atOnceMax) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    };
  }
}
