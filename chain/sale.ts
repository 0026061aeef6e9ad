/** The end of a sale, which settle, release and reclaim share: the locked tokens go to somebody, once. */
import { assert } from '../core/assert.ts';
import type { Hash32, PublicKey32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { SaleOutcome } from './event.ts';
import { account, putAccount, putSale, type Sale, sale } from './records.ts';
import type { Change } from './rule.ts';
import type { Draft, StateView } from './state.ts';

/** @returns reject("sale.unknown" | "sale.closed"). */
export function openSale(view: StateView, id: Hash32): Verdict<Sale> {
  const found = sale(view, id);
  if (found === undefined) return reject('sale.unknown');
  return found.outcome === undefined ? accept(found) : reject('sale.closed');
}

/** @param to - a registered key with room for the amount: the seller, or billing. */
export function closeSale(id: Hash32, open: Sale, outcome: SaleOutcome, to: PublicKey32): Change {
  return (draft) => {
    const { key, amount } = open;
    const seller = registered(draft, key);
    putAccount(draft, key, { ...seller, locked: seller.locked - amount });
    // Read again: both may be the same account.
    const receiver = registered(draft, to);
    putAccount(draft, to, { ...receiver, tokens: receiver.tokens + amount });
    putSale(draft, id, { ...open, outcome });
    return [{ kind: 'sale-closed', sale: id, outcome }];
  };
}

function registered(draft: Draft, key: PublicKey32) {
  const found = account(draft, key);
  assert(found !== undefined, 'accounts are never deleted');
  return found;
}
