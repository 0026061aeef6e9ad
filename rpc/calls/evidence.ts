/** `evidence`: authorities that have contradicted themselves, with both of their signed statements. */
import { toBase64 } from '../../core/base64.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export function evidence({ ports }: RpcContext): Verdict<AnswerTo<'evidence'>> {
  const list = ports.node.evidence().map(({ authority, epoch, view, kinds, evidence: proof }) => ({
    authority: toHex(authority),
    epoch,
    view,
    kinds,
    proof: toBase64(proof),
  }));
  return accept({ kind: 'json', value: { evidence: list } });
}
