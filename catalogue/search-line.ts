/**
 * Searches that wait for the thread: one runs, the others stand in a line of their client each (core/fair-line.ts).
 * Everybody has an answer after a stated time.
 */
import { FairLine } from '../core/fair-line.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

export class SearchLine {
  readonly #clock: Clock;
  readonly #line = new FairLine({
    atOnceMax: 1,
    perClientMax: limits.searchesWaitingPerClientMax,
    waitingMax: limits.searchesWaitingMax,
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param client - who asks.
   * @returns accept(what `run` finds), or reject("search.too-many" | "search.too-slow").
   */
  take<T>(client: string, run: () => Promise<T>): Promise<Verdict<T>> {
    const { promise, resolve, reject: fail } = Promise.withResolvers<Verdict<T>>();
    const leave = this.#line.enter(client, {
      begin: (done) => {
        void run()
          .then((found) => resolve(accept(found)), fail)
          .then(done);
      },
      pushedOut: () => resolve(reject('search.too-many')),
    });
    if (leave === undefined) return Promise.resolve(reject('search.too-many'));
    const cancel = this.#clock.after(limits.searchWaitMs, () => {
      leave();
      resolve(reject('search.too-slow'));
    });
    return promise.finally(cancel);
  }
}
