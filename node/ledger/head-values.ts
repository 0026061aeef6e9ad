/**
 * The values of the state after the head. They stay those of the head while the batch of a later block is on its way
 * to the disk: what is judged meanwhile is judged by one state. The last ones stay at hand, absent ones too: a purchase
 * is looked at several times before it is final, and each look at the database costs some microseconds.
 */
import { LRUCache } from 'lru-cache';
import type { StateView, StateWrite } from '../../chain/state/state.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';

const ABSENT = Symbol('there is no such entry');
type Known = Bytes | typeof ABSENT;

export class HeadValues implements StateView {
  readonly #stored: (key: Bytes) => Bytes | undefined;
  readonly #known: LRUCache<string, Known>;
  /** What the head says of the entries that the batch on its way changes. */
  readonly #leaving = new Map<string, Known>();

  /** @param stored - what the database says of a key. @param max - entries that stay at hand. */
  constructor(stored: (key: Bytes) => Bytes | undefined, max: number) {
    this.#stored = stored;
    this.#known = new LRUCache({ max });
  }

  get(key: Bytes): Bytes | undefined {
    const known = this.#get(key, toHex(key));
    return known === ABSENT ? undefined : known;
  }

  /** Is there a batch on its way? */
  get isLeaving(): boolean {
    return this.#leaving.size > 0;
  }

  /** Before these are written. */
  leave(writes: readonly StateWrite[]): void {
    for (const { key } of writes) {
      const name = toHex(key);
      this.#leaving.set(name, this.#get(key, name));
    }
  }

  /** They are durable, and the head has moved. @param writes - in order, when a key comes twice. */
  arrive(writes: readonly StateWrite[]): void {
    this.#leaving.clear();
    for (const { key, value } of writes) this.#known.set(toHex(key), value ?? ABSENT);
  }

  #get(key: Bytes, name: string): Known {
    const leaving = this.#leaving.get(name);
    if (leaving !== undefined) return leaving;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const value = this.#stored(key) ?? ABSENT;
    this.#known.set(name, value);
    return value;
  }
}
