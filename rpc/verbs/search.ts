/** `search`: files of the federation by the words of their names. */
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import { type Answer, type Json, jsonAmount } from '../answer.ts';
import { clientName } from '../client-name.ts';
import type { RpcContext } from '../context.ts';
import { COSTS } from '../costs.ts';
import { mayBeForeign } from '../page.ts';
import type { Fields } from '../schemas.ts';

export async function search(
  { ports, from, caller, charge }: RpcContext,
  fields: Fields<'search'>,
): Promise<Verdict<Answer>> {
  const { query, limit, cursor } = fields;
  const client = clientName(from, mayBeForeign(caller));
  const spent = (costMs: number): void => {
    if (costMs > COSTS.search) charge(costMs - COSTS.search);
  };
  const found = await ports.catalogue.search(query, { limit, cursor, client, spent });
  if (found.kind !== 'accept') return found;
  const items: Json[] = [];
  for (const { name, size, hash } of found.value.files) {
    await ports.breathe(); // a swarm that is looked at forgets those who have gone
    const seen = ports.swarms.stats(hash);
    items.push({ filename: name, size: jsonAmount(size), hash: toHex(hash), ...seen });
  }
  return accept({ kind: 'page', items, next: found.value.next });
}
