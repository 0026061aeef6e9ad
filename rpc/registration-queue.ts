/**
 * Registrations on their way onto the ledger. There they stand in one queue with all that this library answers for
 * (node/mempool/pool.ts), first come, first served: whoever has done the work for a thousand keys would stand before everybody,
 * and before uploads. So no more are under way than the next block takes, and the others wait here, in a queue of their
 * network each (core/fair-queue.ts). However many come from elsewhere, a reader of another network waits for one block, and
 * for as many turns as there are networks.
 */
import { type Address, clientNetworkOf } from '../core/address.ts';
import { FairQueue } from '../core/fair-queue.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { reject, type Verdict } from '../core/verdict.ts';

export class RegistrationQueue {
  readonly #clock: Clock;
  readonly #queue = new FairQueue({
    atOnceMax: limits.registrationsAtOnceMax,
    perQueueMax: limits.registrationsWaitingPerNetworkMax,
    waitingMax: limits.registrationsWaitingMax,
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param from - undefined: nobody knows where it comes from; they all have one queue.
   * @param submit - resolves when it is on the ledger, or will not be.
   * @returns what `submit` does, or reject("request.too-many"): too many wait from there, or it has waited for too long.
   */
  async run<T>(from: Address | undefined, submit: () => Promise<Verdict<T>>): Promise<Verdict<T>> {
    const done = await this.#turn(from === undefined ? '' : clientNetworkOf(from));
    if (done === undefined) return reject('request.too-many');
    try {
      return await submit();
    } finally {
      done();
    }
  }

  /** @returns a function that ends the turn; undefined when it never comes. */
  #turn(network: string): Promise<(() => void) | undefined> {
    const { promise, resolve } = Promise.withResolvers<(() => void) | undefined>();
    const leave = this.#queue.enter(['networks', network], {
      begin: resolve,
      pushedOut: () => resolve(undefined),
    });
    if (leave === undefined) return Promise.resolve(undefined);
    const cancel = this.#clock.after(limits.registrationWaitMs, () => {
      leave();
      resolve(undefined);
    });
    return promise.finally(cancel);
  }
}
