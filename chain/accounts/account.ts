/** What the state says about keys, and its stored form: DAG-CBOR arrays, short because there are millions. No rule lives here. */
import { assert } from '../../core/assert.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { type Hash32, type PublicKey32, TOKENS_MAX, type Tokens } from '../../core/scalars.ts';
import * as keys from '../state/keys.ts';
import type { Draft, Integer, StateView } from '../state/state.ts';

export type Account = {
  readonly tokens: Tokens;
  /** In sales that are open. */
  readonly locked: Tokens;
  /** Bytes that were credited for uploads, ever. */
  readonly uploaded: Tokens;
  /** Bytes that were paid for downloads, ever. */
  readonly downloaded: Tokens;
  /** What the key's files may yet mint (chain/files/minting.ts). */
  readonly pending: Tokens;
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

export const NOTHING: Account = { tokens: 0n, locked: 0n, uploaded: 0n, downloaded: 0n, pending: 0n };

export function account(view: StateView, key: PublicKey32): Account | undefined {
  const salt = saltOf(view, key);
  if (salt === undefined) return undefined;
  const bytes = view.get(keys.figuresKey(key, salt));
  if (bytes === undefined) return NOTHING;
  const [tokens, locked, uploaded, downloaded, pending = 0] = decodeOwn<Stored>(bytes);
  return {
    tokens: BigInt(tokens),
    locked: BigInt(locked),
    uploaded: BigInt(uploaded),
    downloaded: BigInt(downloaded),
    pending: BigInt(pending),
  };
}

/** The last is left out when it is 0. */
type Stored = [
  tokens: Integer,
  locked: Integer,
  uploaded: Integer,
  downloaded: Integer,
  ...pending: Integer[],
];

/**
 * Figures that are all 0 have no entry: one that came with the registration would tell by its moment whose it is.
 * @param key - of an account.
 */
export function putAccount(draft: Draft, key: PublicKey32, value: Account): void {
  const { tokens, locked, uploaded, downloaded, pending } = value;
  assert(
    Object.values(value).every((figure) => figure >= 0n && figure <= TOKENS_MAX) &&
      tokens + locked <= TOKENS_MAX,
    'an account holds neither less than nothing nor more than can be counted',
  );
  const place = keys.figuresKey(key, saltThere(draft, key));
  const figures = [tokens, locked, uploaded, downloaded, ...(pending === 0n ? [] : [pending])];
  if (figures.every((figure) => figure === 0n)) draft.delete(place);
  else draft.put(place, encode(figures));
}

/** @param key - of an account. */
export function saltThere(view: StateView, key: PublicKey32): Hash32 {
  const salt = saltOf(view, key);
  assert(salt !== undefined, 'whoever has something is registered');
  return salt;
}
