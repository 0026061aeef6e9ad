/**
 * `submit`: a signed, encoded transaction of whatever kind, from whomever: transactions authenticate themselves.
 * Answered once it is final; what the ledger says already is done.
 */
import { decodeTransaction, encodeTransaction, transactionId } from '../../chain/transaction.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import type { Fields } from '../schemas.ts';

export async function submit({ ports }: RpcContext, fields: Fields<'submit'>): Promise<Verdict<Answer>> {
  const decoded = decodeTransaction(fields.transaction);
  if (decoded.kind !== 'accept') return decoded;
  const id = toHex(transactionId(encodeTransaction(decoded.value)));
  const verdict = await ports.ledger.submit(decoded.value);
  if (verdict.kind === 'reject') return verdict;
  const height = verdict.kind === 'accept' ? verdict.value.height : null;
  return accept({ kind: 'json', value: { id, height, already: verdict.kind === 'ignore' } });
}
