/**
 * How many bytes are credited in a day at most, to one key and by one member, as far as the federation has set it: a
 * stolen key of a member mints no more than that.
 */
import type { Bytes } from '../../core/bytes.ts';
import type { PublicKey32, UnixMs } from '../../core/scalars.ts';
import { saltOf } from '../accounts/account.ts';
import { parameters } from '../federation/federation.ts';
import { countOfDay } from '../state/day.ts';
import { keyBytesOfDayKey, nodeBytesOfDayKey } from '../state/keys.ts';
import type { StateView } from '../state/state.ts';

export type UploadCap = { readonly counter: Bytes; readonly cap: bigint };
type Caps = { readonly key?: UploadCap; readonly node?: UploadCap };

/** Without those that are not set; a key that is not registered has none of its own. */
export function uploadCaps(view: StateView, key: PublicKey32, sponsor: PublicKey32): Caps {
  const { uploadBytesPerKeyPerDay, uploadBytesPerNodePerDay } = parameters(view);
  const [ofKey, ofNode] = [BigInt(uploadBytesPerKeyPerDay), BigInt(uploadBytesPerNodePerDay)];
  const salt = ofKey > 0n ? saltOf(view, key) : undefined;
  return {
    ...(salt && { key: { counter: keyBytesOfDayKey(key, salt), cap: ofKey } }),
    ...(ofNode > 0n && { node: { counter: nodeBytesOfDayKey(sponsor), cap: ofNode } }),
  };
}

/** What the day of `time` has left under a cap; never less than nothing. */
export function leftOfDay(view: StateView, { counter, cap }: UploadCap, time: UnixMs): bigint {
  const count = countOfDay(view, counter, time);
  return count < cap ? cap - count : 0n;
}
