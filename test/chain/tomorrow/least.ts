/** A rule that rules of tomorrow change, by a parameter that they add: no transfer is smaller. */
import { parameters } from '../../../chain/federation/federation.ts';
import type { Rule } from '../../../chain/kind/rule.ts';
import { reject } from '../../../core/verdict.ts';

export function notBelowLeast<T extends { readonly amount: bigint }>(rule: Rule<T>): Rule<T> {
  return (view, transaction, context) => {
    const { transferLeast } = parameters(view) as unknown as { readonly transferLeast: number };
    return transaction.amount < transferLeast ? reject('amount.wrong') : rule(view, transaction, context);
  };
}
