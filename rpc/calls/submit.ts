/**
 * `submit`: a signed, encoded transaction of whatever kind, from whomever: transactions authenticate themselves. Its
 * signatures are looked at before any rule is, so that nobody learns from a forgery what the ledger says of a key.
 * Answered once it is final; what the ledger says already is done. Who proposes is told what to mind.
 */
import type { Fields } from '../../api/calls.ts';
import { adviceOn, strengthOf } from '../../chain/governance/advice.ts';
import { markChecked, signatureParts } from '../../chain/transaction/signing.ts';
import { decodeTransaction, encodeTransaction } from '../../chain/transaction/transaction.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import { SIGNATURE_COST } from '../costs.ts';

export async function submit(
  { ports, desk, queue, pay }: RpcContext,
  fields: Fields<'submit'>,
): Promise<Verdict<AnswerTo<'submit'>>> {
  const { ledger } = ports;
  const decoded = decodeTransaction(fields.transaction, ledger.head().rules);
  if (decoded.kind !== 'accept') return decoded;
  const parts = signatureParts(ledger.chainId, decoded.value);
  const paid = pay(Math.max(0, parts.flat().length - 1) * SIGNATURE_COST);
  if (paid.kind !== 'accept') return paid;
  for (const part of parts) {
    const signed = await desk.check(part, queue);
    if (signed.kind !== 'accept') return signed;
  }
  const checked = markChecked(encodeTransaction(decoded.value), decoded.value);
  // Before it is final: then the action may have been applied.
  const { value } = decoded;
  const advice = value.kind === 'propose' ? adviceOn(value.action, strengthOf(ledger.view())) : undefined;
  const verdict = await ledger.submit(checked);
  if (verdict.kind === 'reject') return verdict;
  const height = verdict.kind === 'accept' ? verdict.value.height : null;
  return accept({
    kind: 'json',
    value: {
      id: toHex(checked.id),
      height,
      already: verdict.kind === 'ignore',
      advice: advice ?? null,
    },
  });
}
