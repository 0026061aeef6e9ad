/** `status`: which chain, how far, who decides. */
import { authorities } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export function status({ ports }: RpcContext): Verdict<AnswerTo<'status'>> {
  const { ledger, node } = ports;
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
    },
  });
}
