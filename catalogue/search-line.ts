/**
 * Searches that wait for the thread: one runs, the others stand in a line of their client each, and the lines take
 * turns. So a client that asks for a thousand waits for itself, and another one only for as many searches as there
 * are clients before it. Everybody has an answer after a stated time.
 */
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

type Search = {
  /** Resolves when it has run, whatever came of it. */
  run(): Promise<void>;
  refuse(): void;
};

export class SearchLine {
  readonly #clock: Clock;
  /** By client, in the order of their turns; oldest first in each. None is empty. */
  readonly #lines = new Map<string, Set<Search>>();
  #count = 0;
  #running = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param client - who asks.
   * @returns accept(what `run` finds), or reject("search.too-many" | "search.too-slow").
   */
  take<T>(client: string, run: () => Promise<T>): Promise<Verdict<T>> {
    const own = this.#lines.get(client)?.size ?? 0;
    if (own >= limits.searchesWaitingPerClientMax || !this.#hasRoom(own)) {
      return Promise.resolve(reject('search.too-many'));
    }
    const { promise, resolve, reject: fail } = Promise.withResolvers<Verdict<T>>();
    const search: Search = {
      run: () => run().then((found) => resolve(accept(found)), fail),
      refuse: () => resolve(reject('search.too-many')),
    };
    const cancel = this.#clock.after(limits.searchWaitMs, () => {
      this.#leave(client, search);
      resolve(reject('search.too-slow'));
    });
    this.#enter(client, search);
    if (!this.#running) void this.#work();
    return promise.finally(cancel);
  }

  /** When all places are taken, the last one in the longest line leaves: whoever has few waiting gets in. */
  #hasRoom(own: number): boolean {
    if (this.#count < limits.searchesWaitingMax) return true;
    const [client, line] = [...this.#lines].reduce((a, b) => (b[1].size > a[1].size ? b : a));
    if (line.size <= own + 1) return false;
    const last = [...line].at(-1)!;
    this.#leave(client, last);
    last.refuse();
    return true;
  }

  async #work(): Promise<void> {
    this.#running = true;
    for (let next = this.#lines.entries().next(); !next.done; next = this.#lines.entries().next()) {
      const [client, line] = next.value;
      const [search] = line;
      this.#leave(client, search!);
      this.#lines.delete(client);
      if (line.size > 0) this.#lines.set(client, line); // behind the others
      await search!.run();
    }
    this.#running = false;
  }

  #enter(client: string, search: Search): void {
    const line = this.#lines.get(client) ?? new Set();
    this.#lines.set(client, line.add(search));
    this.#count += 1;
  }

  #leave(client: string, search: Search): void {
    const line = this.#lines.get(client);
    if (line?.delete(search) !== true) return;
    this.#count -= 1;
    if (line.size === 0) this.#lines.delete(client);
  }
}
