/** release: billing will not pay; the locked tokens go back to the reader. */
import { accept, reject } from '../../core/verdict.ts';
import { hasBilling } from '../federation.ts';
import type { Rule } from '../rule.ts';
import { closeSale, openSale } from '../sale.ts';
import type { Release } from '../transaction.ts';

/** @returns reject("role.missing" | "sale.unknown" | "sale.closed"). */
export const release: Rule<Release> = (view, { sale, billing }, { time }) => {
  if (!hasBilling(view, billing)) return reject('role.missing');
  const open = openSale(view, sale, time);
  if (open.kind !== 'accept') return open;
  return accept(closeSale(sale, open.value, { outcome: 'released', to: open.value.key, time }));
};
