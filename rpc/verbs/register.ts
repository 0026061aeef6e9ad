/** `register`: this library sponsors a key onto the ledger. Idempotent, answered once final. */
import { account } from '../../chain/queries.ts';
import { encodeChecked } from '../../chain/signing.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import type { Fields } from '../schemas.ts';

export async function register({ ports }: RpcContext, fields: Fields<'register'>): Promise<Verdict<Answer>> {
  const { ledger, sponsor } = ports;
  if (account(ledger.view(), fields.public_key) === undefined) {
    const verdict = await ledger.submit(encodeChecked(sponsor.register(fields.public_key)));
    if (verdict.kind === 'reject') return verdict;
    if (verdict.kind === 'ignore' && account(ledger.view(), fields.public_key) === undefined) return verdict;
  }
  return accept({ kind: 'json', value: { registered: true } });
}
