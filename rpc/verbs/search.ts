/** `search`: files of the federation by the words of their names. */
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import { type Answer, type Json, jsonAmount } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import { COSTS } from '../costs.ts';
import type { Fields } from '../schemas.ts';

export async function search(
  { ports, line, charge }: RpcContext,
  fields: Fields<'search'>,
): Promise<Verdict<Answer>> {
  const { query, limit, cursor } = fields;
  let paidMs: number = COSTS.search;
  const spent = (costMs: number): void => {
    if (costMs > paidMs) charge(costMs - paidMs);
    paidMs = Math.max(0, paidMs - costMs);
  };
  const found = await ports.catalogue.search(query, { limit, cursor, line, spent });
  if (found.kind !== 'accept') return found;
  const items: Json[] = [];
  for (const { name, size, hash } of found.value.files) {
    await ports.breathe(); // a swarm that is looked at forgets those who have gone
    const seen = ports.swarms.stats(hash);
    items.push({ filename: name, size: jsonAmount(size), hash: toHex(hash), ...seen });
  }
  const { next } = found.value;
  return accept({ kind: 'page', items, next, ...(items.length === 0 && { tells: 'nothing' }) });
}
