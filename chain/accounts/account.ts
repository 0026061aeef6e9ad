/**
 * What the state says about keys and sales, and its stored form: DAG-CBOR arrays, short because there are millions.
 * What it says about files is chain/files/files.ts, about the federation itself chain/federation/federation.ts. No rule lives here.
 */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import type { Hash32, Height, PublicKey32, Tokens, UnixMs } from '../../core/scalars.ts';
import type { SaleOutcome } from '../kind/event.ts';
import * as keys from '../state/keys.ts';
import type { Draft, StateView } from '../state/state.ts';

export type Account = {
  readonly tokens: Tokens;
  /** In sales that are open. */
  readonly locked: Tokens;
  /** Bytes that were credited for uploads, ever. */
  readonly uploaded: Tokens;
  /** Bytes that were paid for downloads, ever. */
  readonly downloaded: Tokens;
};

/** Of every registered key, for life. */
export function saltOf(view: StateView, key: PublicKey32): Hash32 | undefined {
  return view.get(keys.accountKey(key));
}

/** A key becomes an account, without anything in it. */
export function openAccount(draft: Draft, key: PublicKey32, salt: Hash32): void {
  assert(saltOf(draft, key) === undefined, 'a salt never changes');
  draft.put(keys.accountKey(key), salt);
}

const NOTHING: Account = { tokens: 0n, locked: 0n, uploaded: 0n, downloaded: 0n };

export function account(view: StateView, key: PublicKey32): Account | undefined {
  const salt = saltOf(view, key);
  if (salt === undefined) return undefined;
  const bytes = view.get(keys.figuresKey(key, salt));
  if (bytes === undefined) return NOTHING;
  const [tokens, locked, uploaded, downloaded] = decodeOwn<[Integer, Integer, Integer, Integer]>(bytes);
  return {
    tokens: BigInt(tokens),
    locked: BigInt(locked),
    uploaded: BigInt(uploaded),
    downloaded: BigInt(downloaded),
  };
}

/**
 * Figures that are all 0 have no entry: one that came with the registration would tell by its moment whose it is.
 * @param key - of an account.
 */
export function putAccount(draft: Draft, key: PublicKey32, value: Account): void {
  const { tokens, locked, uploaded, downloaded } = value;
  const place = keys.figuresKey(key, saltThere(draft, key));
  if ([tokens, locked, uploaded, downloaded].every((figure) => figure === 0n)) draft.delete(place);
  else draft.put(place, encode([tokens, locked, uploaded, downloaded]));
}

export type Supply = {
  readonly genesis: Tokens;
  readonly minted: Tokens;
  readonly burned: Tokens;
  /** Stands in the entry since the first file, so that no step of it tells which file was bought. */
  readonly salt: Hash32 | undefined;
};

export function supply(view: StateView): Supply {
  const stored = decodeOwn<[Integer, Integer, Integer, Hash32 | null]>(present(view, keys.SUPPLY));
  const [genesis, minted, burned, salt] = stored;
  return {
    genesis: BigInt(genesis),
    minted: BigInt(minted),
    burned: BigInt(burned),
    salt: salt ?? undefined,
  };
}

export function putSupply(draft: Draft, { genesis, minted, burned, salt }: Supply): void {
  draft.put(keys.SUPPLY, encode([genesis, minted, burned, salt ?? null]));
}

export function hasPurchase(view: StateView, hash: Hash32, key: PublicKey32): boolean {
  const salt = saltOf(view, key);
  return salt !== undefined && view.get(keys.purchaseKey(hash, key, salt)) !== undefined;
}

/** The stored value is the height of the block that holds the purchase. */
export function putPurchase(draft: Draft, hash: Hash32, key: PublicKey32, height: Height): void {
  draft.put(keys.purchaseKey(hash, key, saltThere(draft, key)), encode(height));
}

/** Receipts are each billing key's own: none can use up another's. */
export function hasReceipt(view: StateView, billing: PublicKey32, receipt: Hash32): boolean {
  return view.get(keys.receiptKey(billing, receipt)) !== undefined;
}

/** The stored value is the height of the block that credited the payment. */
export function putReceipt(draft: Draft, billing: PublicKey32, receipt: Hash32, height: Height): void {
  draft.put(keys.receiptKey(billing, receipt), encode(height));
}

export type Sale = {
  /** The seller. */
  readonly key: PublicKey32;
  readonly payee: Hash32;
  readonly amount: Tokens;
  readonly rate: string;
  /** The only key that settles or releases it. */
  readonly billing: PublicKey32;
  /** From this block time on the seller may take the tokens back; as it was reckoned when the sale was opened. */
  readonly reclaimFrom: UnixMs;
  /** Undefined while it is open. */
  readonly closed: { readonly outcome: SaleOutcome; readonly at: UnixMs } | undefined;
};

type StoredSale = [
  PublicKey32,
  Hash32,
  Integer,
  string,
  PublicKey32,
  UnixMs,
  [outcome: SaleOutcome, at: UnixMs] | null,
];

export function sale(view: StateView, id: Hash32): Sale | undefined {
  const bytes = view.get(keys.saleKey(id));
  if (bytes === undefined) return undefined;
  const [key, payee, amount, rate, billing, reclaimFrom, end] = decodeOwn<StoredSale>(bytes);
  const closed = end === null ? undefined : { outcome: end[0], at: end[1] };
  return { key, payee, amount: BigInt(amount), rate, billing, reclaimFrom, closed };
}

export function putSale(draft: Draft, id: Hash32, value: Sale): void {
  const { key, payee, amount, rate, billing, reclaimFrom, closed } = value;
  const end = closed === undefined ? null : [closed.outcome, closed.at];
  draft.put(keys.saleKey(id), encode([key, payee, amount, rate, billing, reclaimFrom, end]));
}

export function deleteSale(draft: Draft, id: Hash32): void {
  draft.delete(keys.saleKey(id));
}

/** As the decoder gives it: a bigint beyond 2^53−1. */
type Integer = number | bigint;

/** @param key - of an account. */
function saltThere(view: StateView, key: PublicKey32): Hash32 {
  const salt = saltOf(view, key);
  assert(salt !== undefined, 'whoever has something is registered');
  return salt;
}

/** An entry that genesis has written and nobody deletes. */
function present(view: StateView, key: Bytes): Bytes {
  const bytes = view.get(key);
  assert(bytes !== undefined, 'genesis wrote this entry');
  return bytes;
}
