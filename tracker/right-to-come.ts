/**
 * Announces of readers whose right another library knows, and this one does not yet. Who has bought a file announces to all
 * trackers of the federation at once, some milliseconds after it is final where he bought it; a client that is refused asks
 * again in half an hour. So he is asked for again for a while, as blocks come. Bounded in number and by network; whoever
 * finds no place has the answer that he would have had at once.
 */
import { type Address, clientNetworkOf } from '../core/address.ts';
import { limits } from '../core/limits.ts';
import { Places } from '../core/places.ts';
import type { Clock } from '../core/ports.ts';
import type { UnixMs } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';

type Waiting = {
  readonly sinceMs: UnixMs;
  tryAgain(): Verdict<unknown>;
  end(): void;
};

const STAYS = { slack: () => undefined, lost: () => undefined };

export class RightToCome {
  readonly #clock: Clock;
  readonly #places = new Places();
  readonly #waiting = new Set<Waiting>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param announce - decides anew; reject("right.missing") is looked at again.
   * @returns what `announce` says last, in `limits.rightToComeMs` at most; undefined when there is no place to wait.
   */
  wait<T>(from: Address, announce: () => Verdict<T>): Promise<Verdict<T>> | undefined {
    const place = this.#places.take(
      [
        { name: 'all', max: limits.rightsToComeMax },
        { name: `network ${clientNetworkOf(from)}`, max: limits.rightsToComePerNetworkMax },
      ],
      STAYS,
    );
    if (place === undefined) return undefined;
    return new Promise((resolve) => {
      let last: Verdict<T>;
      this.#waiting.add({
        sinceMs: this.#clock.now(),
        tryAgain: () => {
          last = announce();
          return last;
        },
        end: () => {
          place.leave();
          resolve(last);
        },
      });
      this.#lookLater();
    });
  }

  /** Whoever waits has his answer now. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const one of this.#waiting) {
      one.tryAgain();
      this.#leave(one);
    }
  }

  #lookLater(): void {
    this.#cancel ??= this.#clock.after(limits.rightToComeEveryMs, () => {
      this.#cancel = undefined;
      const now = this.#clock.now();
      for (const one of this.#waiting) {
        const isOver = Math.abs(now - one.sinceMs) >= limits.rightToComeMs;
        const verdict = one.tryAgain();
        if (isOver || verdict.kind !== 'reject' || verdict.code !== 'right.missing') this.#leave(one);
      }
      if (this.#waiting.size > 0) this.#lookLater();
    });
  }

  #leave(one: Waiting): void {
    this.#waiting.delete(one);
    one.end();
  }
}
