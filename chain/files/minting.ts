/**
 * What a file has minted for its uploader, and what it may yet mint. A file that has minted all of its size has no entry:
 * where nothing is held back, the state is as if this room were not there. Stock has minted nothing and never will.
 *
 * The entry lies where nobody can guess it, because each purchase moves it: it would tell which file was bought.
 */
import { assert } from '../../core/assert.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { type Hash32, TOKENS_MAX, type Tokens } from '../../core/scalars.ts';
import { account as accountOf, putAccount } from '../accounts/account.ts';
import { checkRoom } from '../accounts/pay.ts';
import { putSupply, supply as supplyOf } from '../accounts/supply.ts';
import type { Parameters } from '../federation/parameters.ts';
import * as keys from '../state/keys.ts';
import type { Draft, Integer, StateView } from '../state/state.ts';
import { type Bringing, bringing, fileEntry } from './files.ts';

export type Minting = {
  readonly minted: Tokens;
  readonly mayYet: Tokens;
  /** A library has brought what it owns. */
  readonly stock: boolean;
};

const STOCK: Minting = { minted: 0n, mayYet: 0n, stock: true };

/** Of an available file. @returns undefined when it is not available. */
export function minting(view: StateView, hash: Hash32): Minting | undefined {
  const size = fileEntry(view, hash)?.available?.size;
  return size === undefined ? undefined : mintingOf(view, hash, size, bringing(view, hash, 0));
}

function mintingOf(view: StateView, hash: Hash32, size: Tokens, { salt }: Bringing): Minting {
  assert(salt !== undefined, 'whoever has brought a file stands in an entry with a salt');
  const bytes = view.get(keys.mintingKey(hash, salt));
  if (bytes === undefined) return { minted: size, mayYet: 0n, stock: false };
  const [minted, mayYet = 0] = decodeOwn<Integer[]>(bytes);
  return minted === undefined ? STOCK : { minted: BigInt(minted), mayYet: BigInt(mayYet), stock: false };
}

/** What a file mints when it becomes available. @param permille - of its size, held back. */
export function mintingAtFirst(size: Tokens, permille: number, stock: boolean): Minting {
  if (stock) return STOCK;
  const minted = (size * BigInt(1_000 - permille)) / 1_000n;
  return { minted, mayYet: size - minted, stock: false };
}

/** @param salt - of the entry that says who brought it. @param size - of the file. */
export function putMinting(
  draft: Draft,
  hash: Hash32,
  { salt, size, minting }: { readonly salt: Hash32; readonly size: Tokens; readonly minting: Minting },
): void {
  const { minted, mayYet, stock } = minting;
  assert(minted >= 0n && mayYet >= 0n && minted + mayYet <= size, 'a file mints no more than its size');
  const key = keys.mintingKey(hash, salt);
  if (minted === size) draft.delete(key);
  else draft.put(key, encode(stock ? [] : [minted, mayYet]));
}

/** The file was reset. */
export function deleteMinting(draft: Draft, hash: Hash32, salt: Hash32): void {
  draft.delete(keys.mintingKey(hash, salt));
}

/** What was paid for a file: in tokens, and on a card. */
export type Paid = { readonly tokens: Tokens; readonly onCard: Tokens };
type Release = Pick<Parameters, 'releasePermille' | 'cardReleasePermille'>;

/** What a purchase lets a file mint at most. */
export function releasedBy(
  { tokens, onCard }: Paid,
  { releasePermille, cardReleasePermille }: Release,
): Tokens {
  const part = (tokens * BigInt(releasePermille)) / 1_000n;
  const ofTokens = tokens === 0n || part > 0n ? part : 1n;
  return ofTokens + (onCard * BigInt(cardReleasePermille)) / 1_000n;
}

/** An available file, and who brought it. */
type Brought = { readonly hash: Hash32; readonly size: Tokens; readonly bringing: Bringing };

/**
 * Somebody has paid for a file: it mints for its uploader what that lets it mint. Where that is more than can be counted it
 * mints nothing, and may later.
 * @returns how much, and whose it is now; undefined for nothing.
 */
export function mintOnPurchase(
  draft: Draft,
  { hash, size, bringing }: Brought,
  most: Tokens,
): Earned | undefined {
  const { uploader, salt } = bringing;
  assert(uploader !== undefined && salt !== undefined, 'what is bought is available');
  const before = mintingOf(draft, hash, size, bringing);
  const amount = before.mayYet < most ? before.mayYet : most;
  const account = accountOf(draft, uploader);
  const supply = supplyOf(draft);
  if (amount === 0n || account === undefined) return undefined;
  if (checkRoom(account, amount).kind !== 'accept' || supply.minted + amount > TOKENS_MAX) return undefined;
  const minted = before.minted + amount;
  putMinting(draft, hash, { salt, size, minting: { ...before, minted, mayYet: before.mayYet - amount } });
  putAccount(draft, uploader, {
    ...account,
    tokens: account.tokens + amount,
    pending: account.pending - amount,
  });
  putSupply(draft, { ...supply, minted: supply.minted + amount });
  return { uploader, amount };
}
export type Earned = { readonly uploader: NonNullable<Bringing['uploader']>; readonly amount: Tokens };

/** It was taken down: what it has not minted it never will. */
export function forfeit(draft: Draft, hash: Hash32): void {
  const size = fileEntry(draft, hash)?.available?.size;
  if (size === undefined) return;
  const brought = bringing(draft, hash, 0);
  const { uploader, salt } = brought;
  const before = mintingOf(draft, hash, size, brought);
  const account = uploader && accountOf(draft, uploader);
  if (before.mayYet === 0n || account === undefined || salt === undefined) return;
  putMinting(draft, hash, { salt, size, minting: { ...before, mayYet: 0n } });
  putAccount(draft, uploader!, { ...account, pending: account.pending - before.mayYet });
}
