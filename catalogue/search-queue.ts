/**
 * Searches that wait for the thread (core/fair-queue.ts). One runs at a time, for a slice: what is not at its end then goes on
 * when its queue has its next turn. So whoever looks for little waits for a slice of somebody else, and never for all of
 * a search that goes through the whole index. Everybody has an answer after a stated time.
 */
import { FairQueue, type QueueName } from '../core/fair-queue.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

export class SearchQueue {
  readonly #clock: Clock;
  readonly #queue = new FairQueue({
    atOnceMax: 1,
    perQueueMax: limits.searchesWaitingPerClientMax,
    waitingMax: limits.searchesWaitingMax,
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param name - where who asks waits.
   * @param goOn - searches for a slice; undefined = there is more to look at.
   * @returns accept(what the last `goOn` finds), or reject("search.too-many" | "search.too-slow").
   */
  take<T>(name: QueueName, goOn: () => Promise<T | undefined>): Promise<Verdict<T>> {
    const { promise, resolve, reject: fail } = Promise.withResolvers<Verdict<T>>();
    let isOver = false;
    const leave = this.#queue.enter(name, {
      begin: (done) => {
        void goOn().then(
          (found) => {
            if (found !== undefined) resolve(accept(found));
            done(found === undefined && !isOver);
          },
          (error) => {
            fail(error);
            done();
          },
        );
      },
      pushedOut: () => resolve(reject('search.too-many')),
    });
    if (leave === undefined) return Promise.resolve(reject('search.too-many'));
    const cancel = this.#clock.after(limits.searchWaitMs, () => {
      isOver = true;
      leave();
      resolve(reject('search.too-slow'));
    });
    return promise.finally(cancel);
  }
}
