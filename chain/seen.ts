/**
 * Expiry and memory: a transaction with a nonce happens once. Its id is remembered until it has expired, on one of
 * 1,024 shelves of the minute in which it expires. Whatever is remembered makes room: two shelves of minutes that are
 * over go for each id that comes, so that a block which remembers nothing changes nothing, and none has much to do.
 *
 *   queue → the first and the last minute of which there are shelves, in the order in which they got their first
 *   minute → the next one of the queue, and a bitmap of the shelves that are there
 *   minute, shelf → ids, at most limits.seenPerShelfMax (docs/decisions/seen.md)
 */
import { assert } from '../core/assert.ts';
import { type Bytes, concat, equalBytes } from '../core/bytes.ts';
import { decodeOwn, encode } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import { HASH_BYTES, type Hash32, type UnixMs } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { SEEN_QUEUE, seenKey, seenMinuteKey } from './keys.ts';
import type { Draft, StateView } from './state.ts';
import { encodeTransaction, type Transaction, transactionId } from './transaction.ts';

const MINUTE_MS = 60_000;
const SHELVES = 1_024;
/** Each id makes one shelf at most: two at a time, and what is over is caught up with. */
const FORGOTTEN_AT_ONCE = 2;

type OnceTransaction = Extract<Transaction, { readonly nonce: Bytes }>;
type Place = { readonly minute: number; readonly shelf: number };
type Minute = { readonly next: number | null; readonly shelves: Bytes };

/**
 * A transaction with an `expires` is valid while the block's time is not after it; one with a nonce may live for
 * one hour (limits.transactionLifeMs) and happen once.
 * @returns reject("transaction.expired" | "transaction.expires-too-far" | "transaction.repeated" |
 * "transaction.too-many-expire").
 */
export function checkLifetime(view: StateView, transaction: Transaction, time: UnixMs): Verdict {
  if (!('expires' in transaction) || transaction.expires === undefined) return accept();
  const expiresMs = transaction.expires * 1_000;
  if (time > expiresMs) return reject('transaction.expired');
  if (!happensOnce(transaction)) return accept();
  if (expiresMs > time + limits.transactionLifeMs) return reject('transaction.expires-too-far');
  const id = idOf(transaction);
  const ids = view.get(keyOf(placeOf(id, transaction)));
  if (ids === undefined) return accept();
  if (holds(ids, id)) return reject('transaction.repeated');
  return ids.length < limits.seenPerShelfMax * HASH_BYTES ? accept() : reject('transaction.too-many-expire');
}

/** Remembers a transaction that has just been applied, if it carries a nonce. @param time - of the block. */
export function remember(draft: Draft, transaction: Transaction, time: UnixMs): void {
  if (!happensOnce(transaction)) return;
  const id = idOf(transaction);
  forgetSome(draft, minuteOf(time));
  const place = placeOf(id, transaction);
  const key = keyOf(place);
  const ids = draft.get(key);
  if (ids === undefined) addShelf(draft, place);
  draft.put(key, ids === undefined ? id : concat(ids, id));
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

function happensOnce(transaction: Transaction): transaction is OnceTransaction {
  return 'nonce' in transaction;
}

function holds(ids: Bytes, id: Hash32): boolean {
  assert(ids.length % HASH_BYTES === 0, 'a shelf holds whole ids');
  for (let at = 0; at < ids.length; at += HASH_BYTES) {
    // A look at one byte spares nearly every comparison: a shelf may hold a thousand ids.
    if (ids[at + 2] === id[2] && equalBytes(ids.subarray(at, at + HASH_BYTES), id)) return true;
  }
  return false;
}

function idOf(transaction: OnceTransaction): Hash32 {
  return transactionId(encodeTransaction(transaction));
}

function placeOf(id: Hash32, { expires }: OnceTransaction): Place {
  return { minute: minuteOf(expires * 1_000), shelf: ((id[0]! << 8) | id[1]!) % SHELVES };
}

function keyOf({ minute, shelf }: Place): Bytes {
  return seenKey(minute, shelf);
}

function minuteOf(time: UnixMs): number {
  return Math.floor(time / MINUTE_MS);
}
