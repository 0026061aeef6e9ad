/**
 * The calls of the desk for the operator, who has opened the socket in the home (node/operator/admin-socket.ts): without a
 * signature, a price, or a page that could ask.
 */
import { CALLS } from '../api/calls.ts';
import { accept, reject } from '../core/verdict.ts';
import { served } from './calls.ts';
import type { RpcContext, RpcServices } from './context.ts';
import { type ProblemDocument, problemDocument } from './problem.ts';
import { problemOf } from './problem-of.ts';
import { drawRequestId } from './request-id.ts';

/** As the methods of JSON-RPC answer. */
export type Operated = { readonly result: unknown } | { readonly problem: ProblemDocument };
/** @param method - of JSON-RPC; of the desk alone. */
export type Operate = (method: string, params: unknown) => Promise<Operated>;

export function createOperatorDoor(services: RpcServices): Operate {
  const common: Omit<RpcContext, 'request'> = {
    ...services,
    ...{ from: undefined, queue: ['readers', 'operator', 'operator'], byOperator: true },
    ...{ paying() {}, pay: () => accept(), payAtDesk: () => accept(), charge() {}, whenGone: () => () => {} },
    caller: { who: 'program', byGet: false },
  };
  const byMethod = new Map(
    served.filter(({ name }) => CALLS[name].group === 'desk').map((one) => [one.method, one]),
  );
  return async (method, params) => {
    const call = byMethod.get(method);
    const request = drawRequestId();
    try {
      const verdict = (await call?.run({ ...common, request }, params)) ?? reject('request.not-found');
      if (verdict.kind !== 'accept') return { problem: problemDocument(verdict, request) };
      return { result: 'value' in verdict.value ? verdict.value.value : null };
    } catch (thrown) {
      return { problem: problemDocument(problemOf(thrown, services.ports, request), request) };
    }
  };
}
