/** `status`: which chain, how far, who decides. */

import { jsonAmount } from '../../api/fields.ts';
import { authorities } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import type { Cards } from '../ports.ts';

export function status({ ports }: RpcContext): Verdict<AnswerTo<'status'>> {
  const { ledger, node, cards } = ports;
  const head = ledger.head();
  return accept({
    kind: 'json',
    value: {
      chain: { name: ledger.genesisName, id: toHex(ledger.chainId) },
      height: head.height,
      hash: toHex(head.hash),
      time: head.time,
      peers: node.peers(),
      authorities: authorities(ledger.view()).map(toHex),
      ready: node.ready(),
      not_ready: node.unready(),
      waits: node.waits(),
      role: node.role(),
      evidence: node.evidence().map(({ authority, epoch, view, kinds }) => {
        return { authority: toHex(authority), epoch, view, kinds };
      }),
      version: node.version,
      cards: shownTerms(cards.openTerms()),
    },
  });
}

function shownTerms(terms: ReturnType<Cards['openTerms']>) {
  if (terms === undefined) return null;
  const { allowance, ceiling, atOnce } = terms;
  return { allowance: jsonAmount(allowance), ceiling: jsonAmount(ceiling), at_once: jsonAmount(atOnce) };
}
