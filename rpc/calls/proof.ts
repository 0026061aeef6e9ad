/**
 * `proof`: that a key has bought a file, or has not, for somebody who does not believe this library. Only the key
 * itself may ask (docs/proofs.md, "Ask"): the request is signed.
 */
import type { Fields } from '../../api/calls.ts';
import { purchase } from '../../chain/queries.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitClaim, claimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';

export async function proof(
  context: RpcContext,
  fields: Fields<'proof'>,
): Promise<Verdict<AnswerTo<'proof'>>> {
  const claim = claimOf('proof', fields);
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  const { ledger, proofs } = context.ports;
  const isBought = purchase(ledger.view(), claim.hash, claim.key);
  const made = await proofs.purchase(claim.hash, claim.key, fields.from, context.queue);
  if (made.kind !== 'accept') return made;
  return accept({ kind: 'proof', bytes: made.value, ...(!isBought && { tells: 'nothing' }) });
}
