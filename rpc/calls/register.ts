/**
 * `register`: this library sponsors a key onto the ledger, if its policy lets it (registration.ts). Idempotent, answered
 * once final.
 */
import type { Fields } from '../../api/calls.ts';
import { account } from '../../chain/queries.ts';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import { isAcceptableKey } from '../../core/sign.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import { admitRegistration } from '../registration.ts';

export async function register(
  context: RpcContext,
  fields: Fields<'register'>,
): Promise<Verdict<AnswerTo<'register'>>> {
  const { ledger, sponsor } = context.ports;
  const key = fields.public_key;
  const isThere = (): boolean => account(ledger.view(), key) !== undefined;
  if (!isThere()) {
    const admitted = await admitRegistration(context, fields);
    if (admitted.kind !== 'accept') return admitted;
    // The dearest question of all comes last: whoever floods is refused before it.
    if (!isAcceptableKey(key)) {
      await admitted.value.undo();
      return reject('key.unacceptable');
    }
    const submit = () => ledger.submit(encodeChecked(sponsor.register(key)));
    const verdict = await context.registering.run(context.from, submit);
    if (verdict.kind === 'reject') {
      // It may still become final: then the code was well spent.
      if (verdict.code !== 'node.finality-timeout') await admitted.value.undo();
      return verdict;
    }
    // Another call has registered it: this one spent what it brought for nothing.
    if (verdict.kind === 'ignore' || !verdict.value.caused) await admitted.value.undo();
    if (verdict.kind === 'ignore' && !isThere()) return verdict;
  }
  return accept({ kind: 'json', value: { registered: true } });
}
