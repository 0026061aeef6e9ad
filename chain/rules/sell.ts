/** sell: a reader locks tokens for a payout that billing makes outside of the chain. The sale's id is the transaction's. */
import { accept, reject } from '../../core/verdict.ts';
import { account, putAccount, putSale } from '../records.ts';
import type { Rule } from '../rule.ts';
import { encodeTransaction, type Sell, transactionId } from '../transaction.ts';

/** @returns reject("amount.wrong" | "reader.unknown" | "transfer.not-enough-tokens"). */
export const sell: Rule<Sell> = (view, transaction, { time }) => {
  const { key, payee, amount, rate } = transaction;
  if (amount <= 0n) return reject('amount.wrong');
  const seller = account(view, key);
  if (seller === undefined) return reject('reader.unknown');
  if (seller.tokens < amount) return reject('transfer.not-enough-tokens');
  return accept((draft) => {
    const sale = transactionId(encodeTransaction(transaction));
    putAccount(draft, key, { ...seller, tokens: seller.tokens - amount, locked: seller.locked + amount });
    putSale(draft, sale, { key, payee, amount, rate, openedAt: time, closed: undefined });
    return [{ kind: 'sale-opened', sale, key, amount }];
  });
};
