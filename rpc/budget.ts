/**
 * What clients may have this library do: each call has a cost (costs.ts), and is paid for before anything is done.
 * A key that has paid for files pays out of its own bucket, wherever it is: a reading room of two hundred readers stands
 * behind one address. For everybody else, a little is everybody's own, and what goes beyond comes out of one bucket
 * (core/shared-bucket.ts). Pages of other sites have that bucket alone, and a part of it of their own: a page that is open somewhere,
 * and asks for however much, takes nothing from the reader who sits there. A librarian who has signed the call at the desk
 * pays out of a bucket of his own before all that (docs/decisions/desk.md).
 */
import type { Address } from '../core/address.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { SharedBucket } from '../core/shared-bucket.ts';
import { TokenBuckets } from '../core/token-buckets.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { clientName, networkName } from './client-name.ts';

export type Requester = {
  readonly from: Address | undefined;
  /** Somebody else's page may have sent it. */
  readonly byPage?: boolean;
  /** A key that has paid, and has signed over this connection; in hex. */
  readonly reader?: string | undefined;
  /** A listed key that has signed this very call; in hex. */
  readonly librarian?: string;
};

export class Budget {
  readonly #clock: Clock;
  readonly #reader = new TokenBuckets({
    perSecond: limits.callsReaderPerSecond,
    most: limits.callsReaderMax,
  });
  readonly #librarian = new TokenBuckets({
    perSecond: limits.deskWorkPerSecond,
    most: limits.deskWorkMax,
  });
  readonly #shared = new SharedBucket({
    own: { perSecond: limits.callsOwnPerSecond, most: limits.callsOwnMax },
    network: { perSecond: limits.callsNetworkPerSecond, most: limits.callsNetworkMax },
    beyond: { perSecond: limits.callsBeyondPerSecond, most: limits.callsBeyondMax },
    shared: { perSecond: limits.callsSharedPerSecond, most: limits.callsSharedMax },
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param cost - milliseconds, of one call or of all calls of a batch.
   * @returns reject("request.over-budget"), and takes nothing.
   */
  pay({ from, byPage = false, reader, librarian }: Requester, cost: number): Verdict {
    const now = this.#clock.now();
    if (librarian !== undefined && this.#librarian.left(librarian, now) >= cost) {
      this.#librarian.take(librarian, cost, now);
      return accept();
    }
    if (!byPage && reader !== undefined && this.#reader.left(reader, now) >= cost) {
      this.#reader.take(reader, cost, now);
      return accept();
    }
    return this.#shared.pay(shareOf(from, byPage), cost, now) ? accept() : reject('request.over-budget');
  }

  /** What a call has cost more than its price: nobody knows before a search how much of the index it goes through. */
  charge({ from, byPage = false, reader }: Requester, cost: number): void {
    const now = this.#clock.now();
    const owed = byPage || reader === undefined ? cost : this.#reader.charge(reader, cost, now);
    this.#shared.charge(shareOf(from, byPage), owed, now);
  }
}

function shareOf(from: Address | undefined, byPage: boolean) {
  return { client: clientName(from, byPage), network: networkName(from, byPage), hasOwn: !byPage };
}
