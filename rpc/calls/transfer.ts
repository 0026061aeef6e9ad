/**
 * `transfer`: tokens from the key that has signed to another. Its signature is looked at before any rule is: what the
 * ledger says of either key is for the one that has signed. Asked for again, it answers with the block that holds it.
 */
import type { Fields } from '../../api/calls.ts';
import { signerText } from '../../chain/kind/kind.ts';
import { transfer as declared } from '../../chain/money/transfer.ts';
import { markChecked } from '../../chain/transaction/signing.ts';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitOwn } from '../claim.ts';
import type { RpcContext } from '../context.ts';

export async function transfer(
  context: RpcContext,
  { to, amount, public_key: key, nonce, expires, signed_hash: signature }: Fields<'transfer'>,
): Promise<Verdict<AnswerTo<'transfer'>>> {
  const { ledger, blocks } = context.ports;
  const transaction = { kind: 'transfer' as const, to, amount, key, nonce, expires, signature };
  const text = signerText(declared, toHex(ledger.chainId), transaction);
  const signed = await admitOwn(context, { key, text, expires, signature });
  if (signed.kind !== 'accept') return signed;
  const checked = markChecked(encodeTransaction(transaction), transaction);
  const verdict = await ledger.submit(checked);
  const height = verdict.kind === 'accept' ? verdict.value.height : blocks.heightOf(checked.id);
  const isThere =
    verdict.kind !== 'reject' || (verdict.code === 'transaction.repeated' && height !== undefined);
  if (!isThere) return verdict;
  return accept({ kind: 'json', value: { id: toHex(checked.id), height: height ?? null } });
}
