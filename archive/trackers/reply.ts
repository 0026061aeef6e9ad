/**
 * What the tracker of another member has answered to this archive, as far as it is one that our trackers give
 * (tracker/http/reply.ts): no member can make us dial more peers, or ask more often, than a tracker may. Pure.
 */
import bencode from 'bencode';
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { UnixMs } from '../../core/scalars.ts';
import { endOfValue } from '../../torrent/bencode-guard.ts';
import { entryBytesOf } from '../../torrent/compact-peers.ts';
import type { Named } from './admitted-lists.ts';

/** With the names of the wire. `peers` and `peers6`: compact, at most limits.peersReturnedMax each. */
export type TrackerReply = {
  /** Seconds, limits.announceIntervalMinSeconds … limits.announceIntervalSeconds. */
  readonly interval: number;
  readonly peers: Bytes;
  readonly peers6: Bytes;
  /** Read by namedIn. */
  readonly admitted?: Bytes;
  readonly admitted6?: Bytes;
  readonly 'up seconds'?: number;
};

/** @returns undefined when it is a refusal, or no answer. */
export function readReply(bytes: Bytes): TrackerReply | undefined {
  if (endOfValue(bytes) === undefined) return undefined;
  const fields = bencode.decode(bytes) as { readonly [name: string]: unknown };
  const isAnswer = typeof fields === 'object' && !Array.isArray(fields) && !(fields instanceof Uint8Array);
  if (!isAnswer || fields['failure reason'] !== undefined) return undefined;
  const { interval, peers, peers6, admitted, admitted6, 'up seconds': upSeconds } = fields;
  return {
    interval: bounded(interval),
    peers: shown(peers, 4),
    peers6: shown(peers6, 6),
    ...(admitted instanceof Uint8Array && { admitted: Uint8Array.from(admitted) }),
    ...(admitted6 instanceof Uint8Array && { admitted6: Uint8Array.from(admitted6) }),
    ...(typeof upSeconds === 'number' && { 'up seconds': upSeconds }),
  };
}

/** @param answer - of a tracker to an announce of this archive. @returns undefined when it names nobody. */
export function namedIn(answer: object, now: UnixMs): Named | undefined {
  const { admitted, admitted6, 'up seconds': seconds } = answer as { readonly [key: string]: unknown };
  if (!(admitted instanceof Uint8Array) || !(admitted6 instanceof Uint8Array)) return undefined;
  const upMs = typeof seconds === 'number' && seconds >= 0 ? seconds * 1_000 : 0;
  return { peers: admitted, peers6: admitted6, sinceMs: now - upMs };
}

function bounded(interval: unknown): number {
  if (typeof interval !== 'number') return limits.announceIntervalSeconds;
  return Math.min(Math.max(interval, limits.announceIntervalMinSeconds), limits.announceIntervalSeconds);
}

function shown(entries: unknown, family: 4 | 6): Bytes {
  if (!(entries instanceof Uint8Array)) return new Uint8Array(0);
  const width = entryBytesOf(family);
  const count = Math.min(Math.floor(entries.length / width), limits.peersReturnedMax);
  return Uint8Array.from(entries.subarray(0, count * width));
}
