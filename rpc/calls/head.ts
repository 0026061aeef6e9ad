/** `head`: the last final block here, with what makes it final. */
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import { shownHead } from '../shown-block.ts';

export function head({ ports }: RpcContext): Verdict<AnswerTo<'head'>> {
  return accept({ kind: 'json', value: shownHead(ports.blocks.head()) });
}
