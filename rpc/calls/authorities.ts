/** `authorities`: who finalises the next block. */
import { quorumOf } from '../../chain/federation/federation.ts';
import { authorities as authoritiesOf, member } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export function authorities({ ports }: RpcContext): Verdict<AnswerTo<'authorities'>> {
  const view = ports.ledger.view();
  const keys = authoritiesOf(view);
  const list = keys.map((key) => ({ key: toHex(key), name: member(view, key)?.name ?? null }));
  const { epoch, height } = ports.ledger.head();
  return accept({ kind: 'json', value: { epoch, height, needed: quorumOf(keys.length), authorities: list } });
}
