/**
 * release: the billing key of the sale will not pay; the locked tokens go back to the reader. It may do so without the
 * role as well: giving back harms nobody, and the reader need not wait.
 */
import { equalBytes } from '../../core/bytes.ts';
import { accept, reject } from '../../core/verdict.ts';
import { billing, hash, once, type Transacted } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { closeSale, openSale } from './sale.ts';

const fields = { sale: hash, billing, ...once };
export type Release = Transacted<'release', typeof fields>;

/** @returns reject("sale.unknown" | "sale.closed" | "role.missing"). */
const rule: Rule<Release> = (view, { sale, billing }, { time }) => {
  const open = openSale(view, sale, time);
  if (open.kind !== 'accept') return open;
  if (!equalBytes(open.value.billing, billing)) return reject('role.missing');
  return accept(closeSale(sale, open.value, { outcome: 'released', to: open.value.key, time }));
};

export const release = declareKind({
  kind: 'release',
  since: 1,
  fields,
  signer: 'billing',
  events: ['sale-closed'],
  rule,
});
