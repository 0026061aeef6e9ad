/**
 * `proof`: that a key has bought a file, or has not, for somebody who does not believe this library. Only the key
 * itself may ask (protocol.md, "The ledger"): the request is signed.
 */
import { accept, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import { admitClaim, claimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { Fields } from '../schemas.ts';

export async function proof(context: RpcContext, fields: Fields<'proof'>): Promise<Verdict<Answer>> {
  const claim = claimOf('proof', fields);
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  const made = await context.ports.proofs.purchase(claim.hash, claim.key, fields.from, context.line);
  return made.kind === 'accept' ? accept({ kind: 'proof', bytes: made.value }) : made;
}
