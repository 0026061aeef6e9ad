/**
 * release: the billing key of the sale will not pay; the locked tokens go back to the reader. It may do so without the
 * role as well: giving back harms nobody, and the reader need not wait.
 */
import { equalBytes } from '../../core/bytes.ts';
import { accept, reject } from '../../core/verdict.ts';
import type { Rule } from '../kind/rule.ts';
import type { Release } from '../transaction/transaction.ts';
import { closeSale, openSale } from './sale.ts';

/** @returns reject("sale.unknown" | "sale.closed" | "role.missing"). */
export const release: Rule<Release> = (view, { sale, billing }, { time }) => {
  const open = openSale(view, sale, time);
  if (open.kind !== 'accept') return open;
  if (!equalBytes(open.value.billing, billing)) return reject('role.missing');
  return accept(closeSale(sale, open.value, { outcome: 'released', to: open.value.key, time }));
};
