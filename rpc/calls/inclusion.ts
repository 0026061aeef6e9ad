/**
 * `inclusion`: that the block at a height holds a transaction. Anybody may ask: it tells nothing but to those who
 * know the id, and the id is a hash over the transaction and its signature.
 */
import type { Fields } from '../../api/calls.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export async function inclusion(
  { ports, queue }: RpcContext,
  fields: Fields<'inclusion'>,
): Promise<Verdict<AnswerTo<'inclusion'>>> {
  const made = await ports.proofs.inclusion(fields.transaction, fields.height, fields.from, queue);
  return made.kind === 'accept' ? accept({ kind: 'proof', bytes: made.value }) : made;
}
