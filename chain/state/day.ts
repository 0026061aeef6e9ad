/**
 * Counters of a day: how many keys a member has registered, how many bytes were credited to a key and by a member. A
 * day is that of block times; an entry of another day counts as nothing and is overwritten, so that there is one for
 * each key and member at most, however long the chain.
 */
import type { Bytes } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import type { UnixMs } from '../../core/scalars.ts';
import type { Draft, StateView } from './state.ts';

const DAY_MS = 86_400_000;

/** @param key - of the counter (chain/state/keys.ts). @param time - of the block. */
export function countOfDay(view: StateView, key: Bytes, time: UnixMs): bigint {
  const stored = view.get(key);
  if (stored === undefined) return 0n;
  const [day, count] = decodeOwn<[number, number | bigint]>(stored);
  return day === dayOf(time) ? BigInt(count) : 0n;
}

export function addToDay(draft: Draft, key: Bytes, time: UnixMs, more: bigint): void {
  draft.put(key, encode([dayOf(time), countOfDay(draft, key, time) + more]));
}

/** Since 1970, in UTC. */
export function dayOf(time: UnixMs): number {
  return Math.floor(time / DAY_MS);
}

/** Of so many days: cards end with one, and what a member has lent is counted by it. */
export const PERIOD_DAYS = 30;

/** Since 1970. */
export function periodOf(day: number): number {
  return Math.floor(day / PERIOD_DAYS);
}
