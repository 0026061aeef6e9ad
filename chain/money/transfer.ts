/** transfer: tokens from one registered reader to another. */
import { accept } from '../../core/verdict.ts';
import { pay } from '../accounts/pay.ts';
import { once, reader, type Transacted, tokens } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';

const fields = { to: reader, amount: tokens, key: reader, ...once };
export type Transfer = Transacted<'transfer', typeof fields>;

/** @returns the codes of `pay`. */
const rule: Rule<Transfer> = (view, { key: from, to, amount }) => {
  const paid = pay(view, { from, to, amount });
  if (paid.kind !== 'accept') return paid;
  return accept((draft) => [...paid.value(draft), { kind: 'transferred', from, to, amount }]);
};

export const transfer = declareKind({
  kind: 'transfer',
  since: 1,
  fields,
  signer: 'key',
  events: ['transferred'],
  rule,
});
