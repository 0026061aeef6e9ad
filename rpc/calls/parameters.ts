/** `parameters`: what the federation has agreed on, and which rules are to come. */
import { parameters as parametersOf } from '../../chain/queries.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import { shownUpgrade } from './proposals.ts';

export function parameters({ ports }: RpcContext): Verdict<AnswerTo<'parameters'>> {
  const { ledger } = ports;
  const { height, rules } = ledger.head();
  const view = ledger.view();
  const value = { height, rules, parameters: parametersOf(view), upgrade: shownUpgrade(ports) };
  return accept({ kind: 'json', value });
}
