/**
 * Expiry and memory: what is signed for one time happens once. The hash of the text that was signed is remembered until
 * it has expired, on one of 1,024 shelves of the minute in which it expires. Not the id: it depends on the signature,
 * and whoever has the key can make any number of valid ones for one text. Whatever is remembered makes room: two
 * shelves of minutes that are over go for each hash that comes, so that a block which remembers nothing changes nothing, and none has much to do.
 *
 *   queue → the first and the last minute of which there are shelves, in the order in which they got their first
 *   minute → the next one of the queue, and a bitmap of the shelves that are there
 *   minute, shelf → hashes, at most limits.seenPerShelfMax (docs/decisions/seen.md)
 */
import { assert } from '../../core/assert.ts';
import { type Bytes, concat, equalBytes } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import { HASH_BYTES, type Hash32, type UnixMs, type UnixSeconds } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Once } from '../kind/kind.ts';
import type { RuleContext } from '../kind/rule.ts';
import { declaredOf, type Transaction } from '../kinds.ts';
import { SEEN_QUEUE, seenKey, seenMinuteKey } from '../state/keys.ts';
import type { Draft, StateView } from '../state/state.ts';
import { onceOf } from './signing.ts';

const MINUTE_MS = 60_000;
const SHELVES = 1_024;
/** Each hash makes one shelf at most: two at a time, and what is over is caught up with. */
const FORGOTTEN_AT_ONCE = 2;

type Place = { readonly minute: number; readonly shelf: number };
type Minute = { readonly next: number | null; readonly shelves: Bytes };

/**
 * What has an `expires` is valid while the block's time is not after it. A reader's word in an upload may live for 31
 * days (limits.uploadLifeMs), and what happens once for one hour (limits.transactionLifeMs).
 * @returns reject("transaction.expired" | "transaction.expires-too-far" | "transaction.repeated" |
 * "transaction.too-many-expire").
 */
export function checkLifetime(view: StateView, transaction: Transaction, context: RuleContext): Verdict {
  const { chainId, time } = context;
  const expires = 'expires' in transaction ? transaction.expires : undefined;
  if (expires !== undefined && isOver(expires, time)) return reject('transaction.expired');
  const { expiresAheadMax } = declaredOf(transaction);
  if (expiresAheadMax !== undefined && expires !== undefined && expires * 1_000 > time + expiresAheadMax) {
    return reject('transaction.expires-too-far');
  }
  const once = onceOf(chainId, transaction);
  if (once === undefined) return accept();
  if (isOver(once.expires, time)) return reject('transaction.expired');
  if (once.expires * 1_000 > time + limits.transactionLifeMs) return reject('transaction.expires-too-far');
  const hashes = view.get(keyOf(placeOf(once)));
  if (hashes === undefined) return accept();
  if (holds(hashes, once.hash)) return reject('transaction.repeated');
  return hashes.length < limits.seenPerShelfMax * HASH_BYTES
    ? accept()
    : reject('transaction.too-many-expire');
}

/** Remembers a transaction that has just been applied, if it happens once. */
export function remember(draft: Draft, transaction: Transaction, { chainId, time }: RuleContext): void {
  const once = onceOf(chainId, transaction);
  if (once === undefined) return;
  const { hash } = once;
  forgetSome(draft, minuteOf(time));
  const place = placeOf(once);
  const key = keyOf(place);
  const hashes = draft.get(key);
  assert(
    (hashes?.length ?? 0) < limits.seenPerShelfMax * HASH_BYTES,
    'a shelf has room: it was asked before',
  );
  if (hashes === undefined) addShelf(draft, place);
  draft.put(key, hashes === undefined ? hash : concat(hashes, hash));
}

/** Takes away the first shelves of the queue, if their minutes are before `now`. */
function forgetSome(draft: Draft, now: number): void {
  const stored = draft.get(SEEN_QUEUE);
  if (stored === undefined) return;
  const [first, last] = decodeOwn<[number, number]>(stored);
  let left = FORGOTTEN_AT_ONCE;
  let minute = first;
  while (minute < now) {
    const { next, shelves } = readMinute(draft, minute)!;
    for (let shelf = 0; shelf < SHELVES && left > 0; shelf++) {
      if (!hasBit(shelves, shelf)) continue;
      shelves[shelf >> 3]! &= ~(1 << (shelf & 7));
      draft.delete(seenKey(minute, shelf));
      left -= 1;
    }
    if (shelves.some((byte) => byte !== 0)) {
      putMinute(draft, minute, { next, shelves });
      break;
    }
    draft.delete(seenMinuteKey(minute));
    if (next === null) {
      draft.delete(SEEN_QUEUE);
      return;
    }
    minute = next;
  }
  draft.put(SEEN_QUEUE, encode([minute, last]));
}

function addShelf(draft: Draft, { minute, shelf }: Place): void {
  const known = readMinute(draft, minute);
  if (known === undefined) enqueue(draft, minute);
  const { next, shelves } = known ?? { next: null, shelves: new Uint8Array(SHELVES / 8) };
  shelves[shelf >> 3]! |= 1 << (shelf & 7);
  putMinute(draft, minute, { next, shelves });
}

function enqueue(draft: Draft, minute: number): void {
  const stored = draft.get(SEEN_QUEUE);
  const [first, last] = stored === undefined ? [minute, minute] : decodeOwn<[number, number]>(stored);
  if (last !== minute) putMinute(draft, last, { ...readMinute(draft, last)!, next: minute });
  draft.put(SEEN_QUEUE, encode([first, minute]));
}

function readMinute(view: StateView, minute: number): Minute | undefined {
  const stored = view.get(seenMinuteKey(minute));
  if (stored === undefined) return undefined;
  const [next, shelves] = decodeOwn<[number | null, Bytes]>(stored);
  return { next, shelves: Uint8Array.from(shelves) };
}

function putMinute(draft: Draft, minute: number, { next, shelves }: Minute): void {
  draft.put(seenMinuteKey(minute), encode([next, shelves]));
}

function hasBit(shelves: Bytes, shelf: number): boolean {
  return (shelves[shelf >> 3]! & (1 << (shelf & 7))) !== 0;
}

function isOver(expires: UnixSeconds, time: UnixMs): boolean {
  return time > expires * 1_000;
}

function holds(hashes: Bytes, hash: Hash32): boolean {
  assert(hashes.length % HASH_BYTES === 0, 'a shelf holds whole hashes');
  for (let at = 0; at < hashes.length; at += HASH_BYTES) {
    // A look at one byte spares nearly every comparison: a shelf may hold a thousand.
    if (hashes[at + 2] === hash[2] && equalBytes(hashes.subarray(at, at + HASH_BYTES), hash)) return true;
  }
  return false;
}

function placeOf({ hash, expires }: Once): Place {
  return { minute: minuteOf(expires * 1_000), shelf: ((hash[0]! << 8) | hash[1]!) % SHELVES };
}

function keyOf({ minute, shelf }: Place): Bytes {
  return seenKey(minute, shelf);
}

function minuteOf(time: UnixMs): number {
  return Math.floor(time / MINUTE_MS);
}
