/** reclaim: nobody ended the sale within the timeout that the sale was opened with; the reader takes the tokens back. */
import { equalBytes } from '../../core/bytes.ts';
import { accept, reject } from '../../core/verdict.ts';
import { hash, once, reader, type Transacted } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { closeSale, openSale } from './sale.ts';

const fields = { sale: hash, key: reader, ...once };
export type Reclaim = Transacted<'reclaim', typeof fields>;

/** @returns reject("sale.unknown" | "sale.closed" | "role.missing" | "sale.not-due"). */
const rule: Rule<Reclaim> = (view, { sale, key }, { time }) => {
  const open = openSale(view, sale, time);
  if (open.kind !== 'accept') return open;
  if (!equalBytes(open.value.key, key)) return reject('role.missing');
  if (time < open.value.reclaimFrom) return reject('sale.not-due');
  return accept(closeSale(sale, open.value, { outcome: 'reclaimed', to: key, time }));
};

export const reclaim = declareKind({
  kind: 'reclaim',
  since: 1,
  fields,
  signer: 'key',
  events: ['sale-closed'],
  rule,
});
