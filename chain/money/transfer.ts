/** transfer: tokens from one registered reader to another. */
import { accept } from '../../core/verdict.ts';
import { pay } from '../accounts/pay.ts';
import type { Rule } from '../kind/rule.ts';
import type { Transfer } from '../transaction/transaction.ts';

/** @returns the codes of `pay`. */
export const transfer: Rule<Transfer> = (view, { key: from, to, amount }) => {
  const paid = pay(view, { from, to, amount });
  if (paid.kind !== 'accept') return paid;
  return accept((draft) => [...paid.value(draft), { kind: 'transferred', from, to, amount }]);
};
