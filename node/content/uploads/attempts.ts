/**
 * When what a reader seeds is fetched again: at once when there was no place for it and one is free, in the order in which
 * they asked; after pauses that double when it came to nothing. Pure: the time is told.
 */
import type { UnixMs } from '../../../core/scalars.ts';

type Attempt = {
  readonly atMs: UnixMs;
  /** One after the other. */
  readonly inVain: number;
};

const FIRST_PAUSE_MS = 30_000;
const PAUSE_MS_MAX = 600_000;

export class Attempts {
  /** By the name of the intake. */
  readonly #last = new Map<string, Attempt>();
  /** Names of those that found no place; in the order in which they asked. */
  readonly #waiting = new Set<string>();

  /** Those first that were tried longest ago, or never. */
  inOrder(names: readonly string[]): readonly string[] {
    const tried = names.map((name) => ({ name, atMs: this.#last.get(name)?.atMs ?? 0 }));
    return tried.sort((a, b) => a.atMs - b.atMs).map(({ name }) => name);
  }

  isFirst(name: string): boolean {
    return !this.#last.has(name);
  }

  /** Has nothing come in the last one? */
  wasInVain(name: string): boolean {
    return (this.#last.get(name)?.inVain ?? 0) > 0;
  }

  isDue(name: string, now: UnixMs): boolean {
    const { atMs, inVain } = this.#last.get(name) ?? { atMs: 0, inVain: 0 };
    if (inVain === 0) return true;
    return Math.abs(now - atMs) >= Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** (inVain - 1));
  }

  ended(name: string, now: UnixMs, isInVain: boolean): void {
    const before = this.#last.get(name)?.inVain ?? 0;
    this.#last.set(name, { atMs: now, inVain: isInVain ? before + 1 : 0 });
  }

  foundNoPlace(name: string): void {
    this.#waiting.add(name);
  }

  /** A place is free: those that have waited for longest. Who finds none again goes to the end. */
  takeWaiting(count: number): readonly string[] {
    const first = [...this.#waiting].slice(0, count);
    for (const name of first) this.#waiting.delete(name);
    return first;
  }

  forget(name: string): void {
    this.#last.delete(name);
    this.#waiting.delete(name);
  }
}
