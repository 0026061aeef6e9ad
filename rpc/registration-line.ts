/**
 * Registrations on their way onto the ledger. There they stand in one line with all that this library answers for
 * (node/pool.ts), first come, first served: whoever has done the work for a thousand keys would stand before everybody,
 * and before uploads. So no more are under way than the next block takes, and the others wait here: each network has a
 * line, lines take turns. However many come from elsewhere, a reader of another network waits for one block, and for as
 * many turns as there are networks.
 */
import { type Address, neighbourhoodOf } from '../core/address.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { reject, type Verdict } from '../core/verdict.ts';

/** Told whether its turn has come, or never will. */
type Waiting = (come: boolean) => void;

export class RegistrationLine {
  readonly #clock: Clock;
  /** By network, hex. The next turn is that of the first line; none is empty. */
  readonly #lines = new Map<string, Set<Waiting>>();
  #count = 0;
  #underWay = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param from - undefined: nobody knows where it comes from; they all have one line.
   * @param submit - resolves when it is on the ledger, or will not be.
   * @returns what `submit` does, or reject("request.too-many"): too many wait from there, or it has waited for too long.
   */
  async run<T>(from: Address | undefined, submit: () => Promise<Verdict<T>>): Promise<Verdict<T>> {
    const come = await this.#turn(from === undefined ? '' : neighbourhoodOf(from));
    if (!come) return reject('request.too-many');
    try {
      return await submit();
    } finally {
      this.#underWay -= 1;
      this.#serve();
    }
  }

  #turn(network: string): Promise<boolean> {
    const own = this.#lines.get(network)?.size ?? 0;
    if (own >= limits.registrationsWaitingPerNetworkMax || !this.#hasRoom(own)) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#clock.after(limits.registrationWaitMs, () => {
      this.#leave(network, resolve);
      resolve(false);
    });
    this.#lines.set(network, (this.#lines.get(network) ?? new Set()).add(resolve));
    this.#count += 1;
    this.#serve();
    return promise.finally(cancel);
  }

  /** When all places are taken, the last one in the longest line leaves: whoever has few waiting gets in. */
  #hasRoom(own: number): boolean {
    if (this.#count < limits.registrationsWaitingMax) return true;
    const [network, line] = [...this.#lines].reduce((a, b) => (b[1].size > a[1].size ? b : a));
    if (line.size <= own + 1) return false;
    const last = [...line].at(-1)!;
    this.#leave(network, last);
    last(false);
    return true;
  }

  #serve(): void {
    while (this.#underWay < limits.registrationsAtOnceMax) {
      const [first] = this.#lines;
      if (first === undefined) return;
      const [network, line] = first;
      const [next] = line;
      this.#leave(network, next!);
      this.#lines.delete(network);
      if (line.size > 0) this.#lines.set(network, line); // behind the others
      this.#underWay += 1;
      next!(true);
    }
  }

  #leave(network: string, waiting: Waiting): void {
    const line = this.#lines.get(network);
    if (line?.delete(waiting) !== true) return;
    this.#count -= 1;
    if (line.size === 0) this.#lines.delete(network);
  }
}
