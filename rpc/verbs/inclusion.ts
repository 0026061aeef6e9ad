/**
 * `inclusion`: that the block at a height holds a transaction. Anybody may ask: it tells nothing but to those who
 * know the id, and the id is a hash over the transaction and its signature.
 */
import { accept, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import { clientName } from '../client-name.ts';
import type { RpcContext } from '../context.ts';
import { mayBeForeign } from '../page.ts';
import type { Fields } from '../schemas.ts';

export async function inclusion(
  { ports, from, caller }: RpcContext,
  fields: Fields<'inclusion'>,
): Promise<Verdict<Answer>> {
  const client = clientName(from, mayBeForeign(caller));
  const made = await ports.proofs.inclusion(fields.transaction, fields.height, fields.from, client);
  return made.kind === 'accept' ? accept({ kind: 'proof', bytes: made.value }) : made;
}
