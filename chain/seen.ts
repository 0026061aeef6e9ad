/**
 * Expiry and memory: a transaction with a nonce happens once. Its id is remembered until it has expired, on one of
 * 64 shelves of the minute in which it expires; whole minutes are forgotten as the time of blocks advances.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, concat, equalBytes } from '../core/bytes.ts';
import { decodeOwn, encode } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import { HASH_BYTES, type Hash32, type UnixMs, type UnixSeconds } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { SEEN_CURSOR, seenKey } from './keys.ts';
import type { Draft, StateView } from './state.ts';
import { encodeTransaction, type Transaction, transactionId } from './transaction.ts';

const MINUTE_MS = 60_000;
const SHELVES = 64;

type OnceTransaction = Extract<Transaction, { readonly nonce: Bytes }>;

/**
 * A transaction with an `expires` is valid while the block's time is not after it; one with a nonce may live for
 * one hour (limits.transactionLifeMs) and happen once.
 * @returns reject("transaction.expired" | "transaction.expires-too-far" | "transaction.repeated").
 */
export function checkLifetime(view: StateView, transaction: Transaction, time: UnixMs): Verdict {
  if (!('expires' in transaction) || transaction.expires === undefined) return accept();
  const expiresMs = transaction.expires * 1_000;
  if (time > expiresMs) return reject('transaction.expired');
  if (!happensOnce(transaction)) return accept();
  if (expiresMs > time + limits.transactionLifeMs) return reject('transaction.expires-too-far');
  return isSeen(view, transaction) ? reject('transaction.repeated') : accept();
}

/** Remembers a transaction that has just been applied, if it carries a nonce. */
export function remember(draft: Draft, transaction: Transaction): void {
  if (!happensOnce(transaction)) return;
  const id = idOf(transaction);
  const key = shelfOf(id, transaction.expires);
  draft.put(key, concat(draft.get(key) ?? new Uint8Array(0), id));
}

/**
 * At the start of every block: forgets minutes that are over, a few at a time. Deterministic.
 * @param parentTime - of the parent: nothing that was remembered so far lives longer than one hour after it.
 */
export function forgetExpired(draft: Draft, parentTime: UnixMs, time: UnixMs): void {
  const stored = draft.get(SEEN_CURSOR);
  const over = minuteOf(time);
  let minute = stored === undefined ? minuteOf(parentTime) : decodeOwn<number>(stored);
  const last = Math.min(over, minute + limits.seenMinutesPerBlockMax);
  const newest = minuteOf(parentTime + limits.transactionLifeMs);
  for (; minute < last && minute <= newest; minute++) {
    for (let shelf = 0; shelf < SHELVES; shelf++) draft.delete(seenKey(minute, shelf));
  }
  // Beyond the newest there is nothing to forget: jump.
  draft.put(SEEN_CURSOR, encode(minute > newest ? Math.max(minute, over) : minute));
}

function happensOnce(transaction: Transaction): transaction is OnceTransaction {
  return 'nonce' in transaction;
}

function isSeen(view: StateView, transaction: OnceTransaction): boolean {
  const id = idOf(transaction);
  const shelf = view.get(shelfOf(id, transaction.expires)) ?? new Uint8Array(0);
  assert(shelf.length % HASH_BYTES === 0, 'a shelf holds whole ids');
  for (let at = 0; at < shelf.length; at += HASH_BYTES) {
    // A look at one byte spares nearly every comparison: a shelf may hold a thousand ids.
    if (shelf[at + 1] === id[1] && equalBytes(shelf.subarray(at, at + HASH_BYTES), id)) return true;
  }
  return false;
}

function idOf(transaction: OnceTransaction): Hash32 {
  return transactionId(encodeTransaction(transaction));
}

function shelfOf(id: Hash32, expires: UnixSeconds): Bytes {
  return seenKey(minuteOf(expires * 1_000), id[0]! % SHELVES);
}

function minuteOf(time: UnixMs): number {
  return Math.floor(time / MINUTE_MS);
}
