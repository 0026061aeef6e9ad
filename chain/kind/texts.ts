/**
 * What is signed: texts of fields joined by colons (protocol.md, "What a reader signs"). The action and the
 * chain stand in each, so that a signature serves neither another action nor another federation.
 * All arguments are lower-case hex of the stated length, decimal numbers, or text without a colon.
 */
import type { Tokens, UnixSeconds } from '../../core/scalars.ts';

/** @param chainId - 64 hex characters. @param fields - none holds a colon. */
export function signedText(chainId: string, action: string, ...fields: readonly string[]): string {
  return ['digitallib', '1', chainId, action, ...fields].join(':');
}

/** Signed by the sponsor. */
export function registerText(chainId: string, key: string, sponsor: string): string {
  return signedText(chainId, 'register', key, sponsor);
}

/** Hashed, not signed: the work for which a busy library registers a key. @param hour - since 1970. */
export function registerWorkText(chainId: string, key: string, hour: number, work: string): string {
  return signedText(chainId, 'register', key, String(hour), work);
}

/** What the reader writes of a file beside its hash. */
export type SignedName = {
  readonly size: Tokens;
  /** SHA-256 of its UTF-8, 64 hex: a name may hold a colon. */
  readonly nameHash: string;
  readonly expires: UnixSeconds;
};

/**
 * @param hash - 64 hex. @param key - the reader, 64 hex.
 * @param signed - undefined in the form of three fields, which says nothing of size and name.
 */
export function uploadText(chainId: string, hash: string, key: string, signed?: SignedName): string {
  if (signed === undefined) return signedText(chainId, 'upload', hash, key);
  const { size, nameHash, expires } = signed;
  return signedText(chainId, 'upload', hash, String(size), nameHash, key, String(expires));
}

/** @param sponsored - 64 hex: hash of the upload without the sponsor's signature. */
export function sponsorText(chainId: string, sponsored: string): string {
  return signedText(chainId, 'sponsor', sponsored);
}

/** What a member has found the bytes of a hash to be, for one who brought them. */
export type AttestedText = {
  readonly size: Tokens;
  /** As in SignedName. */
  readonly nameHash: string;
  readonly uploader: string;
  /** Four of 40 hex each. */
  readonly infoHashes: readonly string[];
};

/** @param node - the member who attests. */
export function attestText(
  chainId: string,
  hash: string,
  attested: AttestedText,
  node: string,
  once: Once,
): string {
  const { size, nameHash, uploader, infoHashes } = attested;
  const said = [hash, String(size), nameHash, uploader, ...infoHashes];
  return signedText(chainId, 'attest', ...said, node, once.nonce, String(once.expires));
}

/** @param expires - left out of the text when undefined. */
export function downloadText(chainId: string, hash: string, key: string, expires?: UnixSeconds): string {
  return signedText(chainId, 'download', hash, key, ...(expires === undefined ? [] : [String(expires)]));
}

/** Not a transaction, and no kind uses it: a torrent of what the key owns or brings, or how its upload stands. */
export function fetchText(chainId: string, hash: string, key: string, expires: UnixSeconds): string {
  return signedText(chainId, 'fetch', hash, key, String(expires));
}

/** Not a transaction: only the key itself may have it proved what it bought. @param expires - as above. */
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

/** What ends the text of every kind that happens once. @param nonce - 32 hex. */
type Once = { readonly nonce: string; readonly expires: UnixSeconds };

export function transferText(chainId: string, to: string, amount: Tokens, key: string, once: Once): string {
  return signedText(chainId, 'transfer', to, String(amount), key, once.nonce, String(once.expires));
}

/** @param receipt - 64 hex. */
export function buyText(
  chainId: string,
  to: string,
  amount: Tokens,
  receipt: string,
  billing: string,
  once: Once,
): string {
  return signedText(chainId, 'buy', to, String(amount), receipt, billing, once.nonce, String(once.expires));
}

/** @param payee - 64 hex. @param rate - at most 64 characters, no colon. */
export function sellText(
  chainId: string,
  payee: string,
  amount: Tokens,
  rate: string,
  billing: string,
  key: string,
  once: Once,
): string {
  const fields = [payee, String(amount), rate, billing, key];
  return signedText(chainId, 'sell', ...fields, once.nonce, String(once.expires));
}

/** How a sale ends. @param key - of billing; for reclaim of the reader. */
export function saleText(
  chainId: string,
  action: 'settle' | 'release' | 'reclaim',
  sale: string,
  key: string,
  once: Once,
): string {
  return signedText(chainId, action, sale, key, once.nonce, String(once.expires));
}

/** @param action - 64 hex: SHA-256 of the canonical encoding of the action. */
export function proposeText(chainId: string, action: string, proposer: string, once: Once): string {
  return signedText(chainId, 'propose', action, proposer, once.nonce, String(once.expires));
}

/** Signed by a key that is to become an authority; no transaction of its own. @param epoch - of the election. */
export function seatText(chainId: string, key: string, epoch: number, expires: UnixSeconds): string {
  return signedText(chainId, 'seat', key, String(epoch), String(expires));
}

/** @param proposal - 64 hex: id of the propose transaction. */
export function approveText(chainId: string, proposal: string, authority: string): string {
  return signedText(chainId, 'approve', proposal, authority);
}
