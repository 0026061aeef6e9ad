/**
 * The transactions of the ledger and their one encoding: a DAG-CBOR map with exactly the fields of its kind
 * (protocol.md, "The ledger"). Decoding judges shape and lengths only; signatures are chain/transaction/signing.ts, and
 * whether it may happen is chain/transaction/rules.ts.
 */
import { type Bytes, equalBytes, isBytes } from '../../core/bytes.ts';
import { decode, type Encodable, encode, hasExactly } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  INFO_HASH_BYTES,
  type InfoHash20,
  NONCE_BYTES,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  parseTokens,
  SIGNATURE_BYTES,
  type Signature64,
  type Tokens,
  type UnixSeconds,
} from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { type Action, parseAction } from '../governance/action.ts';

/** A member stores the key of a reader, with 0 tokens. Signed by the sponsor. */
export type Register = {
  readonly kind: 'register';
  readonly key: PublicKey32;
  readonly sponsor: PublicKey32;
  readonly signature: Signature64;
};

/**
 * A reader has brought the bytes of a file to a member, which has read them in full, holds them, sponsors the upload
 * and signs over everything else: its attestation.
 */
export type Upload = {
  readonly kind: 'upload';
  readonly hash: Hash32;
  readonly size: Tokens;
  readonly name: string;
  /** All four, computed from the bytes, no two alike: v1, v2 (cut), hybrid v1, hybrid v2 (cut). */
  readonly infoHashes: readonly InfoHash20[];
  readonly key: PublicKey32;
  /** With it the reader has signed size and name as well (chain/kind/texts.ts); without it they are the sponsor's word. */
  readonly expires: UnixSeconds | undefined;
  readonly signature: Signature64;
  readonly sponsor: PublicKey32;
  /** Of the sponsor's word, an hour ahead at most: it is given once. */
  readonly sponsorExpires: UnixSeconds;
  readonly sponsorSignature: Signature64;
};

/** "I hold these bytes, and of this size and under this name they hash to this." Signed by the member node. */
export type Attest = Once & {
  readonly kind: 'attest';
  readonly hash: Hash32;
  readonly size: Tokens;
  readonly name: string;
  readonly uploader: PublicKey32;
  /** As in an upload. */
  readonly infoHashes: readonly InfoHash20[];
  readonly node: PublicKey32;
};

export type Download = {
  readonly kind: 'download';
  readonly hash: Hash32;
  readonly key: PublicKey32;
  readonly expires: UnixSeconds | undefined;
  readonly signature: Signature64;
};

/**
 * What a kind carries that happens once: 16 random bytes, and an end an hour ahead at most. The others leave something
 * in the state that keeps them from happening again (docs/ledger.md); of an upload the sponsor's word has an end.
 */
type Once = { readonly nonce: Bytes; readonly expires: UnixSeconds; readonly signature: Signature64 };

export type Transfer = Once & {
  readonly kind: 'transfer';
  readonly to: PublicKey32;
  readonly amount: Tokens;
  readonly key: PublicKey32;
};

/** Tokens for money: from the account of a billing key to a reader. */
export type Buy = Once & {
  readonly kind: 'buy';
  readonly to: PublicKey32;
  readonly amount: Tokens;
  /** 32 bytes, unique on the chain: a payment is credited once. */
  readonly receipt: Hash32;
  readonly billing: PublicKey32;
};

/** Money for tokens: locks them until that billing key settles or releases the sale. The sale's id is the transaction's. */
export type Sell = Once & {
  readonly kind: 'sell';
  /** 32 bytes: hash of who is to be paid; the ledger never learns whom. */
  readonly payee: Hash32;
  readonly amount: Tokens;
  /** 1 … 64 printable ASCII characters without a colon. */
  readonly rate: string;
  /** Who is to pay, and so the only one who may take the tokens or give them back. */
  readonly billing: PublicKey32;
  readonly key: PublicKey32;
};

/** Billing has paid: the locked tokens become billing's. */
export type Settle = Once & { readonly kind: 'settle'; readonly sale: Hash32; readonly billing: PublicKey32 };
/** Billing will not pay: the locked tokens go back. */
export type Release = Once & {
  readonly kind: 'release';
  readonly sale: Hash32;
  readonly billing: PublicKey32;
};
/** Nobody ended the sale in time: the reader takes the tokens back. */
export type Reclaim = Once & { readonly kind: 'reclaim'; readonly sale: Hash32; readonly key: PublicKey32 };

export type Propose = Once & {
  readonly kind: 'propose';
  readonly action: Action;
  readonly proposer: PublicKey32;
};

export type Approve = {
  readonly kind: 'approve';
  /** Id of the propose transaction. */
  readonly proposal: Hash32;
  readonly authority: PublicKey32;
  readonly signature: Signature64;
};

export type Transaction =
  | Register
  | Upload
  | Attest
  | Download
  | Transfer
  | Buy
  | Sell
  | Settle
  | Release
  | Reclaim
  | Propose
  | Approve;
export type Kind = Transaction['kind'];
export type TransactionOf<K extends Kind> = Extract<Transaction, { kind: K }>;

/** Canonical bytes: what is gossiped, stored and hashed. An absent `expires` is null on the wire. */
export function encodeTransaction(transaction: Transaction): Bytes {
  return encode(toPlain(transaction));
}

/** SHA-256 of the canonical bytes. */
export function transactionId(bytes: Bytes): Hash32 {
  return sha256(bytes);
}

/** @returns reject("codec.too-long" | "codec.malformed" | "codec.not-canonical" | "codec.wrong-shape"). */
export function decodeTransaction(bytes: Bytes): Verdict<Transaction> {
  const decoded = decode(bytes, limits.transactionBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const map = decoded.value;
  if (typeof map !== 'object' || map === null || !('kind' in map) || typeof map.kind !== 'string') {
    return reject('codec.wrong-shape', 'no kind');
  }
  const kind = map.kind;
  if (!isKind(kind)) return reject('codec.wrong-shape', 'unknown kind');
  const names = NAMES[kind];
  if (!hasExactly(map, names)) return reject('codec.wrong-shape', `not the fields of ${kind}`);
  const fields: Record<string, Field> = FIELDS[kind];
  const values: Record<string, unknown> = map;
  const transaction: Record<string, unknown> = { kind };
  for (const name of names) {
    if (name === 'kind') continue;
    const value = fields[name]!(values[name]);
    if (value === undefined) return reject('codec.wrong-shape', `${kind}: ${name}`);
    transaction[name] = value === ABSENT ? undefined : value;
  }
  // The table below is held to the types by its own type: exactly the fields of each kind.
  return accept(transaction as unknown as Transaction);
}

/** What a sponsor signs over: the hash of the upload without the sponsor's own signature. @returns 32 bytes. */
export function sponsoredHash(upload: Omit<Upload, 'sponsorSignature'>): Hash32 {
  const { hash, size, name, infoHashes, key, expires, signature, sponsor, sponsorExpires } = upload;
  const readers = { hash, size, name, infoHashes, key, expires: expires ?? null, signature };
  const plain = { ...readers, sponsor, sponsorExpires };
  return sha256(encode({ kind: 'upload', ...plain }));
}

function toPlain(transaction: Transaction): Encodable {
  if (transaction.kind !== 'upload' && transaction.kind !== 'download') return transaction;
  return { ...transaction, expires: transaction.expires ?? null };
}

/** A parser of one field: undefined when the value is wrong. */
type Field = (value: unknown) => unknown;
/** A field that may be absent, and is. */
const ABSENT = Symbol('absent');

const bytesOf =
  (length: number): Field =>
  (value) =>
    isBytes(value, length) ? value : undefined;
const text =
  (bytesMax: number): Field =>
  (value) =>
    typeof value === 'string' && value.length <= bytesMax ? value : undefined;
const optional =
  (field: Field): Field =>
  (value) =>
    value === null ? ABSENT : field(value);
const infoHashes: Field = (value) => (isInfoHashes(value) ? value : undefined);

const key = bytesOf(PUBLIC_KEY_BYTES);
const hash = bytesOf(HASH_BYTES);
const signature = bytesOf(SIGNATURE_BYTES);
const expires: Field = parseCount;
const amount: Field = parseTokens;
const name = text(limits.fileNameBytesMax);
const rate: Field = (value) => (typeof value === 'string' && RATE.test(value) ? value : undefined);
const RATE = /^[ -9;-~]{1,64}$/;
/** v1, v2 (cut), hybrid v1, hybrid v2 (cut). */
const INFO_HASHES = 4;
const once = { nonce: bytesOf(NONCE_BYTES), expires, signature };

/** What a proposal may hold, and what it is made of. */
const FIELDS: { readonly [K in Kind]: { readonly [F in Exclude<keyof TransactionOf<K>, 'kind'>]: Field } } = {
  register: { key, sponsor: key, signature },
  upload: {
    hash,
    size: amount,
    name,
    infoHashes,
    key,
    expires: optional(expires),
    signature,
    sponsor: key,
    sponsorExpires: expires,
    sponsorSignature: signature,
  },
  attest: { hash, size: amount, name, uploader: key, infoHashes, node: key, ...once },
  download: { hash, key, expires: optional(expires), signature },
  transfer: { to: key, amount, key, ...once },
  buy: { to: key, amount, receipt: hash, billing: key, ...once },
  sell: { payee: hash, amount, rate, billing: key, key, ...once },
  settle: { sale: hash, billing: key, ...once },
  release: { sale: hash, billing: key, ...once },
  reclaim: { sale: hash, key, ...once },
  propose: { action: parseAction, proposer: key, ...once },
  approve: { proposal: hash, authority: key, signature },
};

/** Every kind there is, in the order of the protocol. */
export const KINDS: readonly Kind[] = Object.keys(FIELDS).filter(isKind);
const NAMES = Object.fromEntries(
  KINDS.map((kind) => [kind, ['kind', ...Object.keys(FIELDS[kind])]]),
) as unknown as Record<Kind, readonly string[]>;

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(FIELDS, kind);
}

function isInfoHashes(value: unknown): value is readonly InfoHash20[] {
  if (!Array.isArray(value) || value.length !== INFO_HASHES) return false;
  if (!value.every((item) => isBytes(item, INFO_HASH_BYTES))) return false;
  return value.every((item, index) => value.findIndex((other) => equalBytes(other, item)) === index);
}
