/** settle: billing has paid the reader; the locked tokens become those of the billing account. */
import { equalBytes } from '../../core/bytes.ts';
import { accept, reject } from '../../core/verdict.ts';
import { checkRoom } from '../credit.ts';
import { hasBilling } from '../federation.ts';
import { account } from '../records.ts';
import type { Rule } from '../rule.ts';
import { closeSale, openSale } from '../sale.ts';
import type { Settle } from '../transaction.ts';

/** @returns reject("role.missing" | "sale.unknown" | "sale.closed" | "reader.unknown" | "amount.too-much"). */
export const settle: Rule<Settle> = (view, { sale, billing }, { time }) => {
  if (!hasBilling(view, billing)) return reject('role.missing');
  const open = openSale(view, sale, time);
  if (open.kind !== 'accept') return open;
  const payee = account(view, billing);
  if (payee === undefined) return reject('reader.unknown');
  const ownTokens = equalBytes(open.value.key, billing);
  const room = ownTokens ? accept() : checkRoom(payee, open.value.amount);
  if (room.kind !== 'accept') return room;
  return accept(closeSale(sale, open.value, { outcome: 'settled', to: billing, time }));
};
