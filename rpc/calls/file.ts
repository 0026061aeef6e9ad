/** `file`: what the ledger knows of an available file, and who is in its swarm at this node, as numbers. */
import type { Fields } from '../../api/calls.ts';
import { jsonAmount } from '../../api/fields.ts';
import { file as fileOf, isKnown, isTakenDown } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export function file({ ports }: RpcContext, fields: Fields<'file'>): Verdict<AnswerTo<'file'>> {
  const view = ports.ledger.view();
  if (isTakenDown(view, fields.hash)) return reject('file.taken-down');
  const found = fileOf(view, fields.hash);
  if (found === undefined) {
    const known = isKnown(view, fields.hash, ports.ledger.head().time);
    return reject(known ? 'file.not-available' : 'file.unknown');
  }
  return accept({
    kind: 'json',
    value: {
      hash: toHex(found.hash),
      filename: found.name,
      size: jsonAmount(found.size),
      name_signed_by: found.nameSigned ? 'reader' : 'library',
      height: found.height,
      ...ports.swarms.stats(found.hash),
    },
  });
}
