/**
 * Places that many want: of all together, of a network, of an address, of a key. Whoever takes one counts towards
 * several bounds; where one of them is full, a place may be had from whoever under that bound makes the least of it.
 * Knows neither what a place is for nor the time: holders say themselves whether they can be asked to leave. Pure.
 */

export type Bound = {
  readonly name: string;
  readonly max: number;
  /** The bound holds only while there are so many under that name: what nobody else wants, one may have. */
  readonly when?: { readonly name: string; readonly least: number };
};

/**
 * A bound within another one, of a network or a key, that holds once half of that is taken: a whole university stands
 * behind one address, and has what nobody else wants.
 */
export function onceCrowded(within: Bound, narrow: Bound): Bound {
  return { ...narrow, when: { name: within.name, least: within.max / 2 } };
}

export type Holder = {
  /** How little it makes of its place: of two, the one with more leaves. undefined: it keeps it. */
  slack(): number | undefined;
  /** It has lost its place to somebody who waits; called once, and not after `leave`. */
  lost(): void;
};

export type Place = {
  /** Gives it back; more than once does nothing more. */
  leave(): void;
  /** From now on it counts towards these bounds instead, as if it came. @returns false, and changes nothing, when there is no place. */
  move(bounds: readonly Bound[]): boolean;
};

/** Holders that are looked at for one who waits, those first that have been there for longest: microseconds. */
const LOOKED_AT_MAX = 256;

type Taken = { readonly holder: Holder; bounds: readonly Bound[] };

export class Places {
  /** By the name of the bound, in the order in which they came. None is empty. */
  readonly #taken = new Map<string, Set<Taken>>();

  count(name: string): number {
    return this.#taken.get(name)?.size ?? 0;
  }

  /** @returns undefined when a bound is full, and none of those under it leaves. */
  take(bounds: readonly Bound[], holder: Holder): Place | undefined {
    if (!this.#makeRoom(bounds)) return undefined;
    const taken: Taken = { holder, bounds };
    this.#add(taken);
    return { leave: () => this.#remove(taken), move: (next) => this.#move(taken, next) };
  }

  /** @returns false, and nobody has left, when a bound is full and stays so. */
  #makeRoom(bounds: readonly Bound[]): boolean {
    // Under the narrow bounds first: who leaves there makes room under the others, too.
    const full = bounds.filter((bound) => this.#isFull(bound)).sort((a, b) => a.max - b.max);
    const leaving: Taken[] = [];
    for (const bound of full) {
      if (leaving.some((one) => one.bounds.some(({ name }) => name === bound.name))) continue;
      const one = this.#idlest(bound.name);
      if (one === undefined) return false;
      leaving.push(one);
    }
    for (const one of leaving) {
      this.#remove(one);
      one.holder.lost();
    }
    return true;
  }

  #move(taken: Taken, bounds: readonly Bound[]): boolean {
    if (!this.#holds(taken)) return false;
    this.#remove(taken);
    const fits = this.#makeRoom(bounds);
    if (fits) taken.bounds = bounds;
    this.#add(taken);
    return fits;
  }

  #isFull({ name, max, when }: Bound): boolean {
    return this.count(name) >= max && (when === undefined || this.count(when.name) >= when.least);
  }

  #idlest(name: string): Taken | undefined {
    let idlest: Taken | undefined;
    let most = Number.NEGATIVE_INFINITY;
    let left = LOOKED_AT_MAX;
    for (const one of this.#taken.get(name) ?? []) {
      if (left-- === 0) break;
      const slack = one.holder.slack();
      if (slack === undefined || slack <= most) continue;
      idlest = one;
      most = slack;
    }
    return idlest;
  }

  #holds(taken: Taken): boolean {
    return taken.bounds.some(({ name }) => this.#taken.get(name)?.has(taken));
  }

  #add(taken: Taken): void {
    for (const { name } of taken.bounds) {
      const all = this.#taken.get(name) ?? new Set();
      this.#taken.set(name, all.add(taken));
    }
  }

  #remove(taken: Taken): void {
    for (const { name } of taken.bounds) {
      const all = this.#taken.get(name);
      all?.delete(taken);
      if (all?.size === 0) this.#taken.delete(name);
    }
  }
}
