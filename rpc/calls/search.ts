/** `search`: files of the federation by the words of their names. */
import { CALLS, type Fields } from '../../api/calls.ts';
import { jsonAmount } from '../../api/fields.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export async function search(
  { ports, queue, charge }: RpcContext,
  fields: Fields<'search'>,
): Promise<Verdict<AnswerTo<'search'>>> {
  const { query, limit, cursor } = fields;
  let paidMs: number = CALLS.search.cost;
  const spent = (costMs: number): void => {
    if (costMs > paidMs) charge(costMs - paidMs);
    paidMs = Math.max(0, paidMs - costMs);
  };
  const found = await ports.catalogue.search(query, { limit, cursor, queue, spent });
  if (found.kind !== 'accept') return found;
  const items: AnswerTo<'search'>['items'][number][] = [];
  for (const { name, size, hash } of found.value.files) {
    await ports.yieldToLoop(); // a swarm that is looked at forgets those who have gone
    const seen = ports.swarms.stats(hash);
    items.push({ filename: name, size: jsonAmount(size), hash: toHex(hash), ...seen });
  }
  const { next } = found.value;
  return accept({ kind: 'page', items, next, ...(items.length === 0 && { tells: 'nothing' }) });
}
