/**
 * sell: a reader locks tokens for a payout that the named billing key makes outside of the chain. The sale's id is the
 * transaction's. When it can be reclaimed is reckoned here and stands in the sale: no later vote changes it.
 */
import { accept, reject } from '../../core/verdict.ts';
import { account, putAccount } from '../accounts/account.ts';
import { hasBilling, parameters } from '../federation/federation.ts';
import { billing, hash, once, rate, reader, type Transacted, tokens } from '../kind/field.ts';
import { declareKind, idOf } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { putSale } from './sale.ts';

const fields = {
  /** Hash of who is to be paid; the ledger never learns whom. */
  payee: hash,
  amount: tokens,
  rate,
  /** Who is to pay, and so the only one who may take the tokens or give them back. */
  billing,
  key: reader,
  ...once,
};
export type Sell = Transacted<'sell', typeof fields>;

/** @returns reject("amount.wrong" | "role.missing" | "reader.unknown" | "transfer.not-enough-tokens"). */
const rule: Rule<Sell> = (view, transaction, { time }) => {
  const { key, payee, amount, rate, billing } = transaction;
  if (amount <= 0n) return reject('amount.wrong');
  if (!hasBilling(view, billing)) return reject('role.missing');
  const seller = account(view, key);
  if (seller === undefined) return reject('reader.unknown');
  if (seller.tokens < amount) return reject('transfer.not-enough-tokens');
  return accept((draft) => {
    const sale = idOf({ kind: 'sell', fields }, transaction);
    putAccount(draft, key, { ...seller, tokens: seller.tokens - amount, locked: seller.locked + amount });
    const reclaimFrom = time + parameters(view).saleTimeoutMs;
    putSale(draft, sale, { key, payee, amount, rate, billing, reclaimFrom, closed: undefined });
    return [{ kind: 'sale-opened', sale, key, amount }];
  });
};

export const sell = declareKind({
  kind: 'sell',
  since: 1,
  fields,
  signer: 'key',
  events: ['sale-opened'],
  rule,
});
