/**
 * sell: a reader locks tokens for a payout that the named billing key makes outside of the chain. The sale's id is the
 * transaction's. When it can be reclaimed is reckoned here and stands in the sale: no later vote changes it.
 */
import { accept, reject } from '../../core/verdict.ts';
import { account, putAccount } from '../accounts/account.ts';
import { hasBilling, parameters } from '../federation/federation.ts';
import type { Rule } from '../kind/rule.ts';
import { encodeTransaction, type Sell, transactionId } from '../transaction/transaction.ts';
import { putSale } from './sale.ts';

/** @returns reject("amount.wrong" | "role.missing" | "reader.unknown" | "transfer.not-enough-tokens"). */
export const sell: Rule<Sell> = (view, transaction, { time }) => {
  const { key, payee, amount, rate, billing } = transaction;
  if (amount <= 0n) return reject('amount.wrong');
  if (!hasBilling(view, billing)) return reject('role.missing');
  const seller = account(view, key);
  if (seller === undefined) return reject('reader.unknown');
  if (seller.tokens < amount) return reject('transfer.not-enough-tokens');
  return accept((draft) => {
    const sale = transactionId(encodeTransaction(transaction));
    putAccount(draft, key, { ...seller, tokens: seller.tokens - amount, locked: seller.locked + amount });
    const reclaimFrom = time + parameters(view).saleTimeoutMs;
    putSale(draft, sale, { key, payee, amount, rate, billing, reclaimFrom, closed: undefined });
    return [{ kind: 'sale-opened', sale, key, amount }];
  });
};
