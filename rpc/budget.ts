/**
 * What clients may have this library do: each call has a cost (costs.ts), and is paid for before anything is done.
 * A key that has paid for files pays out of its own purse, wherever it is: a reading room of two hundred readers stands
 * behind one address. For everybody else, a little of it is everybody's own, each client's and each network's, so that however many others ask for however
 * much, a reader who asks now and then is served. What goes beyond comes out of one purse that all share. Pages of other
 * sites have that purse alone, and a part of it of their own: a page that is open somewhere, and asks for however much,
 * takes nothing from the reader who sits there.
 */
import { type Address, neighbourhoodOf, networkOf } from '../core/address.ts';
import { Buckets } from '../core/buckets.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

type Bill = readonly (readonly [Buckets, string])[];

export type Payer = {
  readonly from: Address | undefined;
  /** Somebody else's page may have sent it. */
  readonly byPage?: boolean;
  /** A key that has paid, and has signed over this connection; in hex. */
  readonly reader?: string | undefined;
};

const {
  callsReaderPerSecond,
  callsReaderMax,
  callsOwnPerSecond,
  callsOwnMax,
  callsNetworkPerSecond,
  callsNetworkMax,
  callsBeyondPerSecond,
  callsBeyondMax,
  callsSharedPerSecond,
  callsSharedMax,
} = limits;

export class Budget {
  readonly #clock: Clock;
  readonly #reader = new Buckets({ perSecond: callsReaderPerSecond, most: callsReaderMax });
  readonly #own = new Buckets({ perSecond: callsOwnPerSecond, most: callsOwnMax });
  readonly #network = new Buckets({ perSecond: callsNetworkPerSecond, most: callsNetworkMax });
  readonly #beyond = new Buckets({ perSecond: callsBeyondPerSecond, most: callsBeyondMax });
  readonly #shared = new Buckets({ perSecond: callsSharedPerSecond, most: callsSharedMax });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param cost - milliseconds, of one call or of all calls of a batch.
   * @returns reject("request.over-budget"), and takes nothing.
   */
  pay({ from, byPage = false, reader }: Payer, cost: number): Verdict {
    const client = from === undefined ? '' : networkOf(from);
    const network = from === undefined ? '' : neighbourhoodOf(from);
    const page = byPage ? 'page ' : '';
    const bills: Bill[] = [
      [
        [this.#beyond, page + client],
        [this.#beyond, page + network],
        [this.#shared, ''],
      ],
    ];
    if (!byPage) {
      bills.unshift([
        [this.#own, client],
        [this.#network, network],
      ]);
      if (reader !== undefined) bills.unshift([[this.#reader, reader]]);
    }
    return bills.some((bill) => this.#settle(bill, cost)) ? accept() : reject('request.over-budget');
  }

  #settle(bill: Bill, cost: number): boolean {
    const now = this.#clock.now();
    if (bill.some(([buckets, name]) => buckets.left(name, now) < cost)) return false;
    for (const [buckets, name] of bill) buckets.take(name, cost, now);
    return true;
  }
}
