/** buy: a billing key moves tokens from its own account to a reader who has paid. One receipt of this key credits once. */
import { accept, reject } from '../../core/verdict.ts';
import { pay } from '../accounts/pay.ts';
import { hasBilling } from '../federation/federation.ts';
import type { Rule } from '../kind/rule.ts';
import type { Buy } from '../transaction/transaction.ts';
import { hasReceipt, putReceipt } from './receipt.ts';

/** @returns reject("role.missing" | "receipt.repeated"), or the codes of `pay`. */
export const buy: Rule<Buy> = (view, { to, amount, receipt, billing }, { height }) => {
  if (!hasBilling(view, billing)) return reject('role.missing');
  if (hasReceipt(view, billing, receipt)) return reject('receipt.repeated');
  const paid = pay(view, { from: billing, to, amount });
  if (paid.kind !== 'accept') return paid;
  return accept((draft) => {
    putReceipt(draft, billing, receipt, height);
    return [...paid.value(draft), { kind: 'bought', key: to, amount, receipt }];
  });
};
