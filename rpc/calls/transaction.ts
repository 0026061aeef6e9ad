/** `transaction`: where a final transaction stands; what is of a reader is not shown, as in `block`. */
import type { Fields } from '../../api/calls.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import { shownTransaction } from '../shown-block.ts';

export async function transaction(
  { ports, queue }: RpcContext,
  { id, height: said }: Fields<'transaction'>,
): Promise<Verdict<AnswerTo<'transaction'>>> {
  const height = said ?? ports.blocks.heightOf(id);
  if (height === undefined) return reject('transaction.unknown');
  const read = await ports.blocks.read(height, queue);
  if (read.kind !== 'accept') return read;
  const { header, hash, transactions = [] } = read.value ?? {};
  const index = transactions.findIndex((one) => equalBytes(one.id, id));
  if (header === undefined || hash === undefined || index < 0) return reject('transaction.unknown');
  const place = { height, index, block: toHex(hash), time: header.time };
  return accept({
    kind: 'json',
    value: { ...shownTransaction(transactions[index]!, header.version), ...place },
  });
}
