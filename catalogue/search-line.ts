/**
 * Searches that wait for the thread (core/fair-line.ts). One runs at a time, and no longer than for some windows of files:
 * what is not at its end then stands in its line again, behind the others. So whoever looks for little waits for a window
 * of somebody else, and never for all of a search that goes through the whole index. Everybody has an answer after a
 * stated time.
 */
import { FairLine, type LineName } from '../core/fair-line.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

export class SearchLine {
  readonly #clock: Clock;
  readonly #line = new FairLine({
    atOnceMax: 1,
    perLineMax: limits.searchesWaitingPerClientMax,
    waitingMax: limits.searchesWaitingMax,
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param name - where who asks waits.
   * @param goOn - searches some windows; undefined = there are more.
   * @returns accept(what the last `goOn` finds), or reject("search.too-many" | "search.too-slow").
   */
  take<T>(name: LineName, goOn: () => Promise<T | undefined>): Promise<Verdict<T>> {
    const { promise, resolve, reject: fail } = Promise.withResolvers<Verdict<T>>();
    let leave: (() => void) | undefined;
    let late = false;
    const enter = (): void => {
      leave = this.#line.enter(name, {
        begin: (done) => {
          void goOn()
            .then((found) => {
              if (found !== undefined) resolve(accept(found));
              else if (!late) enter();
            })
            .catch(fail)
            .then(done);
        },
        pushedOut: () => resolve(reject('search.too-many')),
      });
      if (leave === undefined) resolve(reject('search.too-many'));
    };
    const cancel = this.#clock.after(limits.searchWaitMs, () => {
      late = true;
      leave?.();
      resolve(reject('search.too-slow'));
    });
    enter();
    return promise.finally(cancel);
  }
}
