/**
 * What clients may use up of something that all share: a little of it is everybody's own, each client's and each network's,
 * so that however many others ask for however much, whoever asks now and then is served. What goes beyond comes out of one
 * bucket, of which one client or one network takes a part at most. Pure: the time is told.
 */

import type { UnixMs } from './scalars.ts';
import { type BucketBounds, TokenBuckets } from './token-buckets.ts';

export type SharedBucketBounds = {
  /** Of each client, whatever others do; and of each network. */
  readonly own: BucketBounds;
  readonly network: BucketBounds;
  /** Of the bucket: of one client or one network; of all. */
  readonly beyond: BucketBounds;
  readonly shared: BucketBounds;
};

/** Who pays. `hasOwn`: false has the bucket alone. */
export type Payer = { readonly client: string; readonly network: string; readonly hasOwn: boolean };
type Bill = readonly (readonly [TokenBuckets, string])[];

export class SharedBucket {
  readonly #own: TokenBuckets;
  readonly #network: TokenBuckets;
  readonly #beyond: TokenBuckets;
  readonly #shared: TokenBuckets;

  constructor({ own, network, beyond, shared }: SharedBucketBounds) {
    this.#own = new TokenBuckets(own);
    this.#network = new TokenBuckets(network);
    this.#beyond = new TokenBuckets(beyond);
    this.#shared = new TokenBuckets(shared);
  }

  /** @returns false, and takes nothing, when there is too little left. */
  pay(payer: Payer, cost: number, now: UnixMs): boolean {
    return (
      (payer.hasOwn && payBill(this.#ownOf(payer), cost, now)) || payBill(this.#beyondOf(payer), cost, now)
    );
  }

  /** Takes what something has cost more than was paid for it: of what is the payer's own first, into debt (token-buckets.ts). */
  charge(payer: Payer, cost: number, now: UnixMs): void {
    const owed = payer.hasOwn ? charge(this.#ownOf(payer), cost, now) : cost;
    charge(this.#beyondOf(payer), owed, now);
  }

  #ownOf({ client, network }: Payer): Bill {
    return [
      [this.#own, client],
      [this.#network, network],
    ];
  }

  #beyondOf({ client, network }: Payer): Bill {
    return [
      [this.#beyond, client],
      [this.#beyond, network],
      [this.#shared, ''],
    ];
  }
}

/** @returns what somebody still owes. */
function charge(bill: Bill, cost: number, now: UnixMs): number {
  return Math.max(...bill.map(([buckets, name]) => buckets.charge(name, cost, now)));
}

function payBill(bill: Bill, cost: number, now: UnixMs): boolean {
  if (bill.some(([buckets, name]) => buckets.left(name, now) < cost)) return false;
  for (const [buckets, name] of bill) buckets.take(name, cost, now);
  return true;
}
