/**
 * What waits for a librarian, in the order in which it is shown, kept from change to change: so a page reads only its own
 * entries, however many wait.
 */
import { toHex } from '../../../core/bytes.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../../core/scalars.ts';

/** As it stands in a cursor: text, in the order of what it stands for. */
export type Place = string;
export const PLACE = /^[0-9]{15}:[0-9a-f]{64}:[0-9a-f]{64}$/;

/** Before all others. */
export const FRONT: Place = '';

/** @param since - when it began to wait. @param by - who has brought it. */
export function placeOf(since: UnixMs, hash: Hash32, by: PublicKey32): Place {
  return `${String(since).padStart(15, '0')}:${toHex(hash)}:${toHex(by)}`;
}

export class WaitingLine<T> {
  /** In their order. */
  readonly #places: Place[] = [];
  readonly #there = new Map<Place, T>();

  get size(): number {
    return this.#places.length;
  }

  add(place: Place, one: T): void {
    if (!this.#there.has(place)) this.#places.splice(this.#firstAfter(place), 0, place);
    this.#there.set(place, one);
  }

  delete(place: Place): void {
    if (this.#there.delete(place)) this.#places.splice(this.#firstAfter(place) - 1, 1);
  }

  /** The first that stands behind this place. */
  after(place: Place): { readonly place: Place; readonly one: T } | undefined {
    const next = this.#places[this.#firstAfter(place)];
    return next === undefined ? undefined : { place: next, one: this.#there.get(next)! };
  }

  all(): readonly T[] {
    return this.#places.map((place) => this.#there.get(place)!);
  }

  #firstAfter(place: Place): number {
    let [from, to] = [0, this.#places.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#places[middle]! <= place) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
