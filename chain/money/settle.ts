/** settle: the billing key of the sale has paid the reader; the locked tokens become its own. */
import { equalBytes } from '../../core/bytes.ts';
import { accept, reject } from '../../core/verdict.ts';
import { account } from '../accounts/account.ts';
import { checkRoom } from '../accounts/pay.ts';
import { hasBilling } from '../federation/federation.ts';
import { billing, hash, once, type Transacted } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { closeSale, openSale } from './sale.ts';

const fields = { sale: hash, billing, ...once };
export type Settle = Transacted<'settle', typeof fields>;

/** @returns reject("sale.unknown" | "sale.closed" | "role.missing" | "reader.unknown" | "amount.too-much"). */
const rule: Rule<Settle> = (view, { sale, billing }, { time }) => {
  const open = openSale(view, sale, time);
  if (open.kind !== 'accept') return open;
  if (!equalBytes(open.value.billing, billing) || !hasBilling(view, billing)) return reject('role.missing');
  const payee = account(view, billing);
  if (payee === undefined) return reject('reader.unknown');
  const ownTokens = equalBytes(open.value.key, billing);
  const room = ownTokens ? accept() : checkRoom(payee, open.value.amount);
  if (room.kind !== 'accept') return room;
  return accept(closeSale(sale, open.value, { outcome: 'settled', to: billing, time }));
};

export const settle = declareKind({
  kind: 'settle',
  since: 1,
  fields,
  signer: 'billing',
  events: ['sale-closed'],
  rule,
});
