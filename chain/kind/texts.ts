/**
 * What is signed: texts of fields joined by colons (docs/ledger.md, "Signed texts"). The action and the
 * chain stand in each, so that a signature serves neither another action nor another federation. The texts of
 * transactions follow from their fields (chain/kind/kind.ts), and what else is signed in one stands beside it; here are the
 * others.
 * All arguments are lower-case hex of the stated length, decimal numbers, or text without a colon.
 */
import type { UnixSeconds } from '../../core/scalars.ts';

/** @param chainId - 64 hex characters. @param fields - none holds a colon. */
export function signedText(chainId: string, action: string, ...fields: readonly string[]): string {
  return ['digitallib', '1', chainId, action, ...fields].join(':');
}

/** Hashed, not signed: the work for which a busy library registers a key. @param hour - since 1970. */
export function registerWorkText(chainId: string, key: string, hour: number, work: string): string {
  return signedText(chainId, 'register', key, String(hour), work);
}

/** @param hash - 64 hex. @param key - the reader, 64 hex. No kind uses this text: a torrent of what the key owns or brings, or how its upload stands. */
export function fetchText(chainId: string, hash: string, key: string, expires: UnixSeconds): string {
  return signedText(chainId, 'fetch', hash, key, String(expires));
}

/** Not a transaction: only the key itself may have it proved what it bought. @param expires - left out when undefined. */
export function proofText(chainId: string, hash: string, key: string, expires?: UnixSeconds): string {
  return signedText(chainId, 'proof', hash, key, ...(expires === undefined ? [] : [String(expires)]));
}

/** Not a transaction: only the key itself may see its own account and what becomes of it. At most an hour ahead. */
export function historyText(chainId: string, key: string, expires: UnixSeconds): string {
  return signedText(chainId, 'history', key, String(expires));
}

/** Not a transaction: what a node says of itself to another (node/peers/hello/). @param rest - 64 hex: hash of all but the signature. */
export function helloText(chainId: string, rest: string, key: string): string {
  return signedText(chainId, 'hello', rest, key);
}

/** Not a transaction: what a library tells the others (node/content/wants.ts). @param rest - 64 hex: hash of all but the signature. */
export function wantText(chainId: string, rest: string, key: string): string {
  return signedText(chainId, 'want', rest, key);
}
