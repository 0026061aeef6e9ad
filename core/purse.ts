/**
 * What clients may use up of something that all share: a little of it is everybody's own, each client's and each network's,
 * so that however many others ask for however much, whoever asks now and then is served. What goes beyond comes out of one
 * purse, of which one client or one network takes a part at most. Pure: the time is told.
 */
import { type BucketBounds, Buckets } from './buckets.ts';
import type { UnixMs } from './scalars.ts';

export type PurseBounds = {
  /** Of each client, whatever others do; and of each network. */
  readonly own: BucketBounds;
  readonly network: BucketBounds;
  /** Of the purse: of one client or one network; of all. */
  readonly beyond: BucketBounds;
  readonly shared: BucketBounds;
};

/** Who pays. `hasOwn`: false has the purse alone. */
export type Payer = { readonly client: string; readonly network: string; readonly hasOwn: boolean };
type Bill = readonly (readonly [Buckets, string])[];

export class Purse {
  readonly #own: Buckets;
  readonly #network: Buckets;
  readonly #beyond: Buckets;
  readonly #shared: Buckets;

  constructor({ own, network, beyond, shared }: PurseBounds) {
    this.#own = new Buckets(own);
    this.#network = new Buckets(network);
    this.#beyond = new Buckets(beyond);
    this.#shared = new Buckets(shared);
  }

  /** @returns false, and takes nothing, when there is too little left. */
  pay({ client, network, hasOwn }: Payer, cost: number, now: UnixMs): boolean {
    const own: Bill = [
      [this.#own, client],
      [this.#network, network],
    ];
    const beyond: Bill = [
      [this.#beyond, client],
      [this.#beyond, network],
      [this.#shared, ''],
    ];
    return (hasOwn && settle(own, cost, now)) || settle(beyond, cost, now);
  }
}

function settle(bill: Bill, cost: number, now: UnixMs): boolean {
  if (bill.some(([buckets, name]) => buckets.left(name, now) < cost)) return false;
  for (const [buckets, name] of bill) buckets.take(name, cost, now);
  return true;
}
