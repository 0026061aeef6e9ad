/**
 * What one client holds of something that all clients need: connections, or requests under way. One that takes its
 * whole share leaves the rest to the others.
 */
import { type Address, networkOf } from './address.ts';

export class Shares {
  readonly #max: number;
  /** By network, hex. */
  readonly #taken = new Map<string, number>();

  /** @param max - of one client. */
  constructor(max: number) {
    this.#max = max;
  }

  /**
   * @param client - undefined: nobody knows where it is; they all have one share.
   * @returns a function that gives the place back, to be called once; undefined when there is none.
   */
  take(client: Address | undefined): (() => void) | undefined {
    const name = client === undefined ? '' : networkOf(client);
    const taken = this.#taken.get(name) ?? 0;
    if (taken >= this.#max) return undefined;
    this.#taken.set(name, taken + 1);
    return () => {
      const left = this.#taken.get(name)! - 1;
      if (left === 0) this.#taken.delete(name);
      else this.#taken.set(name, left);
    };
  }
}
