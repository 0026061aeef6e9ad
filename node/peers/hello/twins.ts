/**
 * @pure Does another process run with the key of this one? A hello by the own key and another boot may be of a process
 * that has ended: members remember them for an hour, and a node that has just been restarted hears of itself. One that
 * has heard *this* boot was alive after this process began, and is a twin. No clock is asked.
 */
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { UnixMs } from '../../../core/scalars.ts';
import type { Boot } from './message.ts';

/** Of a hello by the own key, whose signature holds. */
export type Sign = { readonly boot: Boot; readonly heard: readonly Boot[]; readonly time: UnixMs };

export class Twins {
  #boot: Boot;
  /** Others, by boot in hex, the last heard of at the end; what is said again by somebody else is not heard anew. */
  readonly #others = new Map<string, Sign>();
  #found = false;

  constructor(boot: Boot) {
    this.#boot = boot;
  }

  get boot(): Boot {
    return this.#boot;
  }

  /** Until this process ends. */
  get found(): boolean {
    return this.#found;
  }

  /** For the own hello: the last ones, so that whoever they are can know that we live. */
  get heard(): readonly Boot[] {
    return [...this.#others.values()].map(({ boot }) => boot).slice(-limits.bootsHeardMax);
  }

  /** A copy of a running machine has the boot of the original: one of the two must draw another. */
  rename(boot: Boot): void {
    this.#boot = boot;
  }

  /** @returns true when this boot was not known: the others should hear soon that we live. */
  hear(sign: Sign): boolean {
    if (equalBytes(sign.boot, this.#boot)) return false;
    if (sign.heard.some((one) => equalBytes(one, this.#boot))) this.#found = true;
    const name = toHex(sign.boot);
    const known = this.#others.get(name);
    if (known !== undefined && known.time >= sign.time) return false;
    this.#others.delete(name);
    this.#others.set(name, sign);
    if (this.#others.size > limits.bootsKeptMax) this.#others.delete(this.#others.keys().next().value!);
    return known === undefined;
  }
}
