/** Work that few do at a time, for whoever waits in a fair queue (core/fair-queue.ts). */
import type { FairQueue, QueueName } from '../core/fair-queue.ts';

/** @returns what `run` gives when its turn has come; undefined when there is no place to wait, or no longer. */
export function inTurn<T>(queue: FairQueue, name: QueueName, run: () => Promise<T>): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const leave = queue.enter(name, {
    begin: (done) => {
      void run()
        .then(resolve, reject)
        .then(() => done());
    },
    pushedOut: () => resolve(undefined),
  });
  return leave === undefined ? Promise.resolve(undefined) : promise;
}
