/** `evidence`: authorities that have contradicted themselves, with both of their signed statements. */
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export function evidence({ ports }: RpcContext): Verdict<Answer> {
  const list = ports.node.evidence().map(({ authority, epoch, view, kinds, evidence: proof }) => ({
    authority: toHex(authority),
    epoch,
    view,
    kinds,
    proof: Buffer.from(proof).toString('base64'),
  }));
  return accept({ kind: 'json', value: { evidence: list } });
}
