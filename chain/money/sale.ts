/**
 * Sales in the state, and the end of one, which settle, release and reclaim share: the locked tokens go to somebody, once. What is closed
 * is kept for a while, for those who settle accounts, and then leaves the state.
 */
import { assert } from '../../core/assert.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, PublicKey32, Tokens, UnixMs } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { account, putAccount } from '../accounts/account.ts';
import type { SaleOutcome } from '../kind/event.ts';
import type { Change } from '../kind/rule.ts';
import { enqueueDue } from '../state/due.ts';
import * as keys from '../state/keys.ts';
import type { Draft, Integer, StateView } from '../state/state.ts';

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

/** @param time - of the block. @returns reject("sale.unknown" | "sale.closed"). */
export function openSale(view: StateView, id: Hash32, time: UnixMs): Verdict<Sale> {
  const found = saleAt(view, id, time);
  if (found === undefined) return reject('sale.unknown');
  return found.closed === undefined ? accept(found) : reject('sale.closed');
}

/** @returns undefined also for one that is over and has not left the state yet. */
export function saleAt(view: StateView, id: Hash32, time: UnixMs): Sale | undefined {
  const found = sale(view, id);
  return found?.closed !== undefined && time > endOf(found.closed.at) ? undefined : found;
}

type Ending = {
  readonly outcome: SaleOutcome;
  /** A registered key with room for the amount: the seller, or billing. */
  readonly to: PublicKey32;
  /** Of the block. */
  readonly time: UnixMs;
};

export function closeSale(id: Hash32, open: Sale, { outcome, to, time }: Ending): Change {
  return (draft) => {
    const { key, amount } = open;
    const seller = registered(draft, key);
    assert(
      open.closed === undefined && seller.locked >= amount,
      'a sale is closed once, and what it gives was locked',
    );
    putAccount(draft, key, { ...seller, locked: seller.locked - amount });
    // Read again: both may be the same account.
    const receiver = registered(draft, to);
    putAccount(draft, to, { ...receiver, tokens: receiver.tokens + amount });
    putSale(draft, id, { ...open, closed: { outcome, at: time } });
    enqueueDue(draft, 'closedSales', endOf(time), id);
    return [{ kind: 'sale-closed', sale: id, key, outcome }];
  };
}

/** The queue has come to a sale that closed long ago: it goes. Its id is a transaction's, and never comes again. */
export function forgetSale(draft: Draft, id: Hash32): void {
  draft.delete(keys.saleKey(id));
}

function endOf(closedAt: UnixMs): UnixMs {
  return closedAt + limits.closedSaleLifeMs;
}

function registered(draft: Draft, key: PublicKey32) {
  const found = account(draft, key);
  assert(found !== undefined, 'accounts are never deleted');
  return found;
}
