/** `members`: the libraries of the federation, and which of them decide. */
import { authorities, members as membersOf } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export function members({ ports }: RpcContext): Verdict<AnswerTo<'members'>> {
  const view = ports.ledger.view();
  const deciding = new Set(authorities(view).map(toHex));
  const list = membersOf(view).map(({ key, name, addresses, tracker, api }) => {
    const hex = toHex(key);
    return { key: hex, name, addresses, tracker, api, authority: deciding.has(hex) };
  });
  return accept({ kind: 'json', value: { members: list } });
}
