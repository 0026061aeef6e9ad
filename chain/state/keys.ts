/**
 * The registry of the state's keyspaces: one leading byte each, fixed lengths behind it, so that no two kinds of
 * entry can meet. A number is never given twice. What is a person's lies under a hash over the salt of its account
 * (chain/state/salt.ts): whoever does not know that cannot tell where (docs/decisions/salts.md).
 */
import { type Bytes, concat } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';

export const SPACES = {
  account: 0x01,
  file: 0x02,
  bringing: 0x03,
  purchase: 0x04,
  receipt: 0x05,
  sale: 0x06,
  seen: 0x07,
  seenQueue: 0x08,
  proposal: 0x09,
  proposalsOpen: 0x0a,
  member: 0x0b,
  memberKeys: 0x0c,
  billing: 0x0d,
  authorities: 0x0e,
  parameters: 0x0f,
  supply: 0x10,
  upgrade: 0x11,
  seenMinute: 0x12,
  dueQueue: 0x1c,
  due: 0x1d,
  figures: 0x1e,
  signals: 0x1f,
  registrationsOfDay: 0x50,
  keyBytesOfDay: 0x51,
  nodeBytesOfDay: 0x52,
  minting: 0x59,
  card: 0x5a,
  lent: 0x5b,
} as const;

/** Kept free for what comes, first and last number: nobody else takes one of them. */
export const RESERVED = {
  links: [0x13, 0x1b],
  vouchers: [0x20, 0x2f],
  storage: [0x30, 0x39],
  catalogueRecords: [0x40, 0x4f],
  /** The counters of a day stand there already, and what is minted and lent. */
  tracker: [0x50, 0x5f],
} as const;

const prefix = (space: keyof typeof SPACES): Bytes => Uint8Array.of(SPACES[space]);
const ACCOUNT = prefix('account');
const FILE = prefix('file');
const BRINGING = prefix('bringing');
const PURCHASE = prefix('purchase');
const FIGURES = prefix('figures');
const RECEIPT = prefix('receipt');
const SALE = prefix('sale');
const SEEN = prefix('seen');
const SEEN_MINUTE = prefix('seenMinute');
const DUE_QUEUE = prefix('dueQueue');
const DUE = prefix('due');
const REGISTRATIONS_OF_DAY = prefix('registrationsOfDay');
const KEY_BYTES_OF_DAY = prefix('keyBytesOfDay');
const NODE_BYTES_OF_DAY = prefix('nodeBytesOfDay');
const MINTING = prefix('minting');
const CARD = prefix('card');
const LENT = prefix('lent');
const PROPOSAL = prefix('proposal');
const MEMBER = prefix('member');
const BILLING = prefix('billing');

export const accountKey = (key: PublicKey32): Bytes => concat(ACCOUNT, key);
export const fileKey = (hash: Hash32): Bytes => concat(FILE, hash);
export const bringingKey = (hash: Hash32): Bytes => concat(BRINGING, hash);
/** @param salt - of the key, as for every entry of a person. */
export const purchaseKey = (hash: Hash32, key: PublicKey32, salt: Hash32): Bytes =>
  concat(PURCHASE, sha256(concat(hash, key, salt)));
export const figuresKey = (key: PublicKey32, salt: Hash32): Bytes =>
  concat(FIGURES, sha256(concat(key, salt)));
export const receiptKey = (billing: PublicKey32, receipt: Hash32): Bytes => concat(RECEIPT, billing, receipt);
export const saleKey = (id: Hash32): Bytes => concat(SALE, id);
export const proposalKey = (id: Hash32): Bytes => concat(PROPOSAL, id);
export const memberKey = (key: PublicKey32): Bytes => concat(MEMBER, key);
export const billingKey = (key: PublicKey32): Bytes => concat(BILLING, key);

/** One of the shelves of a minute. @param minute - since 1970. @param shelf - 0 … 65,535. */
export const seenKey = (minute: number, shelf: number): Bytes =>
  concat(SEEN, sixBytes(minute), Uint8Array.of(shelf >> 8, shelf & 0xff));
/** Which shelves of a minute there are, and the minute that comes after it. @param minute - since 1970. */
export const seenMinuteKey = (minute: number): Bytes => concat(SEEN_MINUTE, sixBytes(minute));

/** Where a queue of what is due begins and ends. @param queue - 0 … 255. */
export const dueQueueKey = (queue: number): Bytes => concat(DUE_QUEUE, Uint8Array.of(queue));
/** All places of such a queue, as the beginning of their keys. */
export const dueQueuePrefix = (queue: number): Bytes => concat(DUE, Uint8Array.of(queue));
/** One place of such a queue. @param index - 0 … 2^48−1. */
export const dueKey = (queue: number, index: number): Bytes => concat(dueQueuePrefix(queue), sixBytes(index));

// Counters of a day (chain/state/day.ts).
export const registrationsOfDayKey = (node: PublicKey32): Bytes => concat(REGISTRATIONS_OF_DAY, node);
export const keyBytesOfDayKey = (key: PublicKey32, salt: Hash32): Bytes =>
  concat(KEY_BYTES_OF_DAY, sha256(concat(key, salt)));
export const nodeBytesOfDayKey = (node: PublicKey32): Bytes => concat(NODE_BYTES_OF_DAY, node);

/** @param salt - of the entry that says who brought the file. */
export const mintingKey = (hash: Hash32, salt: Hash32): Bytes => concat(MINTING, sha256(concat(hash, salt)));
/** @param salt - of the key. */
export const cardKey = (key: PublicKey32, salt: Hash32): Bytes => concat(CARD, sha256(concat(key, salt)));
export const lentKey = (node: PublicKey32): Bytes => concat(LENT, node);

// Entries of which there is one.
export const SEEN_QUEUE = prefix('seenQueue');
export const PROPOSALS_OPEN = prefix('proposalsOpen');
export const MEMBER_KEYS = prefix('memberKeys');
export const AUTHORITIES = prefix('authorities');
export const PARAMETERS = prefix('parameters');
export const SUPPLY = prefix('supply');
export const UPGRADE = prefix('upgrade');
export const SIGNALS = prefix('signals');

/** Six bytes, big-endian. @param value - 0 … 2^48−1. */
function sixBytes(value: number): Bytes {
  const bytes = new Uint8Array(6);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(value / 2 ** 32));
  view.setUint32(2, value % 2 ** 32);
  return bytes;
}
