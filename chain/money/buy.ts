/** buy: a billing key moves tokens from its own account to a reader who has paid. One receipt of this key credits once. */
import { accept, reject } from '../../core/verdict.ts';
import { pay } from '../accounts/pay.ts';
import { hasBilling } from '../federation/federation.ts';
import { billing, hash, once, reader, type Transacted, tokens } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { hasReceipt, putReceipt } from './receipt.ts';

const fields = {
  to: reader,
  amount: tokens,
  /** Unique among those of the billing key: a payment is credited once. */
  receipt: hash,
  billing,
  ...once,
};
export type Buy = Transacted<'buy', typeof fields>;

/** @returns reject("role.missing" | "receipt.repeated"), or the codes of `pay`. */
const rule: Rule<Buy> = (view, { to, amount, receipt, billing }, { height }) => {
  if (!hasBilling(view, billing)) return reject('role.missing');
  if (hasReceipt(view, billing, receipt)) return reject('receipt.repeated');
  const paid = pay(view, { from: billing, to, amount });
  if (paid.kind !== 'accept') return paid;
  return accept((draft) => {
    putReceipt(draft, billing, receipt, height);
    return [...paid.value(draft), { kind: 'bought', key: to, amount, receipt }];
  });
};

export const buy = declareKind({
  kind: 'buy',
  since: 1,
  fields,
  signer: 'billing',
  events: ['bought'],
  rule,
});
