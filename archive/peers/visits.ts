/**
 * What whoever comes to an archive again and again may cost: his connections, and what is said over them. Places (peer-slots.ts)
 * bound how many are here at a time; who was closed would begin anew with each connection. So both are paid for. Who is
 * known pays by his key, behind whatever address: a reading room of two hundred readers is two hundred. A key that shows
 * the pass of another member is paid for by that member, too: it can make some for any key. Where somebody is let in of whom
 * no key is known, his address pays, and its network. Everybody else is a stranger: his network pays, and all of them do
 * together, so that ten networks leave some to others. Nobody pays for anybody of another kind.
 */
import { type Address, clientAddressOf, clientNetworkOf } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import { TokenBuckets } from '../../core/token-buckets.ts';

/** Who is let in. `key`: hex; `by`: as in `KnownPeer`. Without a key it is whoever is at that address. */
export type Visitor = { readonly address: Address; readonly key?: string; readonly by?: string | undefined };
type Buying = { readonly key: TokenBuckets; readonly address: TokenBuckets; readonly many: TokenBuckets };
type Bill = readonly (readonly [of: keyof Buying, name: string])[];

export class Visits {
  readonly #clock: Clock;
  readonly #networks = buckets(limits.strangersPerNetworkPerSecond, limits.strangersPerNetworkMax);
  readonly #strangers = buckets(limits.strangersPerSecond, limits.strangersMax);
  readonly #visits: Buying = {
    key: buckets(limits.peerVisitsPerSecond, limits.peerVisitsMax),
    address: buckets(limits.peerVisitsOfAddressPerSecond, limits.peerVisitsOfAddressMax),
    many: buckets(limits.peerVisitsTogetherPerSecond, limits.peerVisitsTogetherMax),
  };
  readonly #messages: Buying = {
    key: buckets(limits.peerMessagesPerSecond, limits.peerMessagesMax),
    address: buckets(limits.peerMessagesPerSecond, limits.peerMessagesMax),
    many: buckets(limits.peerMessagesTogetherPerSecond, limits.peerMessagesTogetherMax),
  };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody who may not be let in. @returns false: too many have come from there, or in all. */
  strangerMayCome(from: Address): boolean {
    const now = this.#clock.now();
    const network = clientNetworkOf(from);
    if (this.#networks.left(network, now) < 1 || this.#strangers.left('', now) < 1) return false;
    this.#networks.take(network, 1, now);
    this.#strangers.take('', 1, now);
    return true;
  }

  /** @returns false: he has come too often. */
  mayCome(payer: Visitor): boolean {
    return this.#pay(this.#visits, billOf(payer), 1);
  }

  /** So many messages more than each connection has of its own (message-bounds.ts). @returns false: he has said too much. */
  maySay(payer: Visitor, messages: number): boolean {
    return this.#pay(this.#messages, billOf(payer), messages);
  }

  #pay(all: Buying, bill: Bill, cost: number): boolean {
    const now = this.#clock.now();
    if (bill.some(([of, name]) => all[of].left(name, now) < cost)) return false;
    for (const [of, name] of bill) all[of].take(name, cost, now);
    return true;
  }
}

function billOf({ address, key, by }: Visitor): Bill {
  if (key === undefined) {
    return [
      ['address', clientAddressOf(address)],
      ['many', `network ${clientNetworkOf(address)}`],
    ];
  }
  if (by === undefined) return [['key', key]];
  return [
    ['key', `${key} by ${by}`],
    ['many', `member ${by}`],
  ];
}

function buckets(perSecond: number, most: number): TokenBuckets {
  return new TokenBuckets({ perSecond, most });
}
