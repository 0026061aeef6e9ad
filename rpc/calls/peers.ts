/** `peers`: the members that are connected, and what they said of themselves last; of readers there is nothing. */
import { member } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';

export function peers({ ports }: RpcContext): Verdict<AnswerTo<'peers'>> {
  const view = ports.ledger.view();
  const list = ports.node.connected().map(({ key, since, height, roundTripMs }) => ({
    key: toHex(key),
    name: member(view, key)?.name ?? null,
    since,
    height: height ?? null,
    round_trip_ms: roundTripMs === undefined ? null : Math.round(roundTripMs),
  }));
  return accept({ kind: 'json', value: { peers: list } });
}
