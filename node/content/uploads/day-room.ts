/**
 * Has an upload its share of the bytes that may be credited in a day, today or before its signature lapses? Asked before
 * the first byte of it is taken: it would be a pity about bytes that can never be credited. What waits already goes
 * first. Of a key counts what it says that it brings; of the library only what has arrived, so that nobody takes from
 * others what he only talks about. What the library itself brings counts for no cap. The rule itself is chain/files/upload.ts.
 */

import { isStock } from '../../../chain/files/available.ts';
import { leftOfDay, type UploadCap, uploadCaps } from '../../../chain/files/upload-caps.ts';
import { dayOf } from '../../../chain/state/day.ts';
import type { StateView } from '../../../chain/state/state.ts';
import type { PublicKey32, UnixMs } from '../../../core/scalars.ts';

export type Credit = {
  readonly key: PublicKey32;
  readonly sponsor: PublicKey32;
  readonly size: bigint;
};
type Ahead = {
  /** Bytes of other uploads that are to be credited first: of this key, and of all that have arrived. */
  readonly ofKey: bigint;
  readonly arrived: bigint;
  readonly now: UnixMs;
  /** When the claim lapses. */
  readonly until: UnixMs;
};

/** May it be credited now? Also no when the clock of this library is a little ahead: then the ledger says so. */
export function fitsToday(view: StateView, { key, sponsor, size }: Credit, now: UnixMs): boolean {
  if (isStock({ key, sponsor })) return true;
  return Object.values(uploadCaps(view, key, sponsor)).every((cap) => size <= leftOfDay(view, cap, now));
}

/** Is there room for it on some day until its claim lapses, behind what waits already? */
export function fitsInTime(
  view: StateView,
  { key, sponsor, size }: Credit,
  { ofKey, arrived, now, until }: Ahead,
): boolean {
  if (isStock({ key, sponsor })) return true;
  const days = BigInt(Math.max(0, dayOf(until) - dayOf(now)));
  const fits = (capped: UploadCap | undefined, ahead: bigint): boolean => {
    if (capped === undefined) return true;
    const room = leftOfDay(view, capped, now) + days * capped.cap;
    return size <= capped.cap && ahead + size <= room;
  };
  const caps = uploadCaps(view, key, sponsor);
  return fits(caps.key, ofKey) && fits(caps.node, arrived);
}
