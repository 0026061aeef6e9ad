/** reclaim: nobody ended the sale within the timeout that the sale was opened with; the reader takes the tokens back. */
import { equalBytes } from '../../core/bytes.ts';
import { accept, reject } from '../../core/verdict.ts';
import type { Rule } from '../kind/rule.ts';
import type { Reclaim } from '../transaction/transaction.ts';
import { closeSale, openSale } from './sale.ts';

/** @returns reject("sale.unknown" | "sale.closed" | "role.missing" | "sale.not-due"). */
export const reclaim: Rule<Reclaim> = (view, { sale, key }, { time }) => {
  const open = openSale(view, sale, time);
  if (open.kind !== 'accept') return open;
  if (!equalBytes(open.value.key, key)) return reject('role.missing');
  if (time < open.value.reclaimFrom) return reject('sale.not-due');
  return accept(closeSale(sale, open.value, { outcome: 'reclaimed', to: key, time }));
};
