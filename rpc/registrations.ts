/**
 * What a library asks of whoever wants a key registered: nothing at rest; when many have come lately, from there or at
 * all, a proof of work, the more the more they were; and when far too many have come from there, that they come back
 * later. What it may register in a day is the ledger's rule; that strangers do not use it up is looked after here. Knows
 * no clock: the time is told.
 */
import { dayOf } from '../chain/state/day.ts';
import { type Address, clientAddressOf, clientNetworkOf } from '../core/address.ts';
import { limits } from '../core/limits.ts';
import type { UnixMs } from '../core/scalars.ts';
import { TokenBuckets } from '../core/token-buckets.ts';

type Quota = {
  /** Registrations an hour that are forgotten. */
  readonly perHour: number;
  /** So many cost nothing; from twice as many on each doubling costs two bits more. */
  readonly free: number;
  /** More are refused; or, where it is undefined, cost no more. */
  readonly most: number | undefined;
  readonly bitsMax: number;
};

/** Of the keys that the ledger lets this library register in a day. */
export type Day = { readonly used: number; readonly most: number };

const HOUR_SECONDS = 3_600;
/** Beyond all of which anything is told apart. */
const LEVEL_MAX = 1e9;

class Level {
  readonly #quota: Quota;
  readonly #buckets: TokenBuckets;

  constructor(quota: Quota) {
    this.#quota = quota;
    this.#buckets = new TokenBuckets({ perSecond: quota.perHour / HOUR_SECONDS, most: LEVEL_MAX });
  }

  /** @returns the bits of work that the next one takes; undefined when there are too many. */
  bits(name: string, now: UnixMs): number | undefined {
    const { free, most, bitsMax } = this.#quota;
    const level = LEVEL_MAX - this.#buckets.left(name, now);
    if (most !== undefined && level + 1 > most) return undefined;
    if (level + 1 <= free) return 0;
    return Math.min(bitsMax, limits.workBitsMin + Math.floor(2 * Math.log2((level + 1) / free)));
  }

  add(name: string, now: UnixMs): void {
    this.#buckets.take(name, 1, now);
  }
}

export class Registrations {
  readonly #ofAddress = new Level({
    perHour: limits.registrationsPerAddress,
    free: limits.registrationsPerAddress,
    most: 10 * limits.registrationsPerAddress,
    bitsMax: limits.workBitsMax,
  });
  readonly #ofNetwork = new Level({
    perHour: 2 * limits.registrationsPerAddress,
    free: 2 * limits.registrationsPerAddress,
    most: 20 * limits.registrationsPerAddress,
    bitsMax: limits.workBitsMax,
  });
  /** Of this library: whoever has not come before pays for those who have, and so never much. */
  readonly #ofAll = new Level({
    perHour: limits.registrationsFree * 60,
    free: limits.registrationsFree,
    most: undefined,
    bitsMax: limits.workBitsForAllMax,
  });
  /** Of this day of UTC, by network: no more than the ledger lets this library register. */
  readonly #ofDay = new Map<string, number>();
  #day = 0;

  /** @returns the bits of work that the next registration from there takes; undefined: too many have come. */
  needed(from: Address | undefined, now: UnixMs, day: Day): number | undefined {
    const [client, network] = names(from);
    const had = this.#hadToday(network, now);
    if (day.used >= day.most / 2 && had >= day.most / limits.registrationDayParts) return undefined;
    const levels = [this.#ofAddress.bits(client, now), this.#ofNetwork.bits(network, now)];
    if (levels.includes(undefined)) return undefined;
    return Math.max(...(levels as number[]), this.#ofAll.bits('', now) ?? 0);
  }

  /** One from there was let through. */
  add(from: Address | undefined, now: UnixMs): void {
    const [client, network] = names(from);
    this.#ofAddress.add(client, now);
    this.#ofNetwork.add(network, now);
    this.#ofAll.add('', now);
    this.#ofDay.set(network, this.#hadToday(network, now) + 1);
  }

  #hadToday(network: string, now: UnixMs): number {
    const day = dayOf(now);
    if (day !== this.#day) this.#ofDay.clear();
    this.#day = day;
    return this.#ofDay.get(network) ?? 0;
  }
}

function names(from: Address | undefined): readonly [string, string] {
  return from === undefined ? ['', ''] : [clientAddressOf(from), clientNetworkOf(from)];
}
