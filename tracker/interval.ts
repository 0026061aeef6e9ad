/** How often a peer comes: an answer says when it shall come back, and how soon it may. Pure. */
import type { Bytes } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';

type Intervals = { readonly intervalSeconds: number; readonly minIntervalSeconds: number };

/** @param alone, archive - see `interval`. */
export function intervals(peerId: Bytes, alone: boolean, archive = false): Intervals {
  const intervalSeconds = interval(peerId, alone, archive);
  return {
    intervalSeconds,
    minIntervalSeconds: Math.min(limits.announceIntervalMinSeconds, intervalSeconds),
  };
}

/**
 * When the peer shall come back. Peers come at different times because each has another id; never later than
 * announceIntervalSeconds, of which a peer's life has two.
 * @param alone - it wants bytes and was shown no archive, perhaps nobody who is there: it asks again soon.
 * @param archive - it must know soon who has left.
 */
function interval(peerId: Bytes, alone: boolean, archive: boolean): number {
  const longest: number = alone
    ? limits.announceIntervalNewSeconds
    : archive
      ? limits.announceIntervalArchiveSeconds
      : limits.announceIntervalSeconds;
  const spread = (peerId[18]! << 8) | peerId[19]!;
  return longest - Math.floor((longest / 6) * (spread / 0x10000));
}
