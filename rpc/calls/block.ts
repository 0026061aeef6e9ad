/** `block`: a final block by its height or its hash; what is of readers in it is not shown. */
import type { Fields } from '../../api/calls.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import { shownHead, shownTransaction } from '../shown-block.ts';

export async function block(
  { ports, queue }: RpcContext,
  { height, hash }: Fields<'block'>,
): Promise<Verdict<AnswerTo<'block'>>> {
  const which = height ?? hash;
  if (which === undefined)
    return reject('request.missing-field', {
      field: 'height',
      want: 'height or hash',
      detail: 'height or hash is missing.',
    });
  if (height !== undefined && hash !== undefined) {
    return reject('request.wrong-value', {
      field: 'hash',
      want: 'either height or hash',
      detail: 'Either height or hash.',
    });
  }
  const read = await ports.blocks.read(which, queue);
  if (read.kind !== 'accept') return read;
  if (read.value === undefined) return reject('block.unknown');
  const transactions: AnswerTo<'block'>['value']['transactions'][number][] = [];
  for (const one of read.value.transactions) {
    await ports.yieldToLoop();
    transactions.push(shownTransaction(one, read.value.header.version));
  }
  return accept({ kind: 'json', value: { ...shownHead(read.value), transactions } });
}
