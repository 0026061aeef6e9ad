/**
 * The registry of the state's keyspaces: one leading byte each, fixed lengths behind it, so that no two kinds of
 * entry can meet. A number is never given twice.
 */
import { type Bytes, concat } from '../core/bytes.ts';
import type { Hash32, PublicKey32 } from '../core/scalars.ts';

export const SPACES = {
  account: 0x01,
  file: 0x02,
  upload: 0x03,
  purchase: 0x04,
  receipt: 0x05,
  sale: 0x06,
  seen: 0x07,
  seenCursor: 0x08,
  proposal: 0x09,
  proposalsOpen: 0x0a,
  member: 0x0b,
  memberKeys: 0x0c,
  billing: 0x0d,
  authorities: 0x0e,
  parameters: 0x0f,
  supply: 0x10,
  upgrade: 0x11,
} as const;

const prefix = (space: keyof typeof SPACES): Bytes => Uint8Array.of(SPACES[space]);
const ACCOUNT = prefix('account');
const FILE = prefix('file');
const UPLOAD = prefix('upload');
const PURCHASE = prefix('purchase');
const RECEIPT = prefix('receipt');
const SALE = prefix('sale');
const SEEN = prefix('seen');
const PROPOSAL = prefix('proposal');
const MEMBER = prefix('member');
const BILLING = prefix('billing');

export const accountKey = (key: PublicKey32): Bytes => concat(ACCOUNT, key);
export const fileKey = (hash: Hash32): Bytes => concat(FILE, hash);
export const uploadKey = (hash: Hash32, key: PublicKey32): Bytes => concat(UPLOAD, hash, key);
export const purchaseKey = (hash: Hash32, key: PublicKey32): Bytes => concat(PURCHASE, hash, key);
export const receiptKey = (receipt: Hash32): Bytes => concat(RECEIPT, receipt);
export const saleKey = (id: Hash32): Bytes => concat(SALE, id);
export const proposalKey = (id: Hash32): Bytes => concat(PROPOSAL, id);
export const memberKey = (key: PublicKey32): Bytes => concat(MEMBER, key);
export const billingKey = (key: PublicKey32): Bytes => concat(BILLING, key);

/** One of the shelves of a minute. @param minute - since 1970. @param shelf - 0 … 255. */
export function seenKey(minute: number, shelf: number): Bytes {
  const key = new Uint8Array(8);
  const view = new DataView(key.buffer);
  view.setUint8(0, SEEN[0]!);
  view.setUint16(1, Math.floor(minute / 2 ** 32));
  view.setUint32(3, minute % 2 ** 32);
  view.setUint8(7, shelf);
  return key;
}

// Entries of which there is one.
export const SEEN_CURSOR = prefix('seenCursor');
export const PROPOSALS_OPEN = prefix('proposalsOpen');
export const MEMBER_KEYS = prefix('memberKeys');
export const AUTHORITIES = prefix('authorities');
export const PARAMETERS = prefix('parameters');
export const SUPPLY = prefix('supply');
export const UPGRADE = prefix('upgrade');
