/** `search`: files of the federation by the words of their names. */
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import { type Answer, jsonAmount } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import type { FoundFile } from '../ports.ts';
import type { Fields } from '../schemas.ts';

export function search({ ports }: RpcContext, fields: Fields<'search'>): Verdict<Answer> {
  const { query, limit, cursor } = fields;
  const found = ports.catalogue.search(query, { limit, cursor });
  if (found.kind !== 'accept') return found;
  const items = found.value.files.map((file: FoundFile) => ({
    filename: file.name,
    size: jsonAmount(file.size),
    hash: toHex(file.hash),
    ...ports.swarms.stats(file.hash),
  }));
  return accept({ kind: 'page', items, next: found.value.next });
}
