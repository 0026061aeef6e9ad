/** The two calls that exist over a WebSocket alone: what they begin, and end, lives as long as the connection. */
import type * as z from 'zod/mini';
import type { Call } from '../../api/call.ts';
import { methodOf } from '../../api/calls.ts';
import { LIVE_CALLS, type LiveCallName } from '../../api/subscriptions.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import type { Served } from '../calls.ts';
import { assertAnswer } from '../check-answers.ts';
import type { RpcContext } from '../context.ts';
import { placeText, wantedOf } from '../event-view.ts';
import { admitCaller } from '../page.ts';
import { parse } from '../parse.ts';
import type { Live } from './following.ts';

type Fields<N extends LiveCallName> = z.output<(typeof LIVE_CALLS)[N]['fields']>;
type Told<N extends LiveCallName> = z.input<(typeof LIVE_CALLS)[N]['answer']['schema']>;

const HANDLERS: {
  readonly [N in LiveCallName]: (
    context: RpcContext,
    live: Live,
    fields: Fields<N>,
  ) => Promise<Verdict<Told<N>>>;
} = { subscribe, unsubscribe };

export const liveCalls = (Object.keys(LIVE_CALLS) as LiveCallName[]).map(serve);

function serve(
  name: LiveCallName,
): Pick<Served, 'method' | 'oldMethods' | 'fields' | 'cost' | 'refuses' | 'run'> {
  const call: Call = LIVE_CALLS[name];
  // `never`: the fields of this name, which are parsed below.
  const answer: (context: RpcContext, live: Live, fields: never) => Promise<Verdict<unknown>> =
    HANDLERS[name];
  return {
    method: methodOf(name),
    oldMethods: [],
    fields: Object.keys(call.fields.shape),
    cost: () => call.cost,
    // Where there is one, its page was looked at when it began.
    refuses: (caller) => admitCaller(caller, call.changes),
    async run(context, unknown): Promise<Verdict<Answer>> {
      const { live } = context;
      if (live === undefined) return reject('subscription.needs-websocket');
      const parsed = parse(call.fields, unknown);
      if (parsed.kind !== 'accept') return parsed;
      if (context.ports.node.closed()) return reject('node.not-ready');
      const answered = await answer(context, live, parsed.value as never);
      const verdict: Verdict<Answer> =
        answered.kind === 'accept' ? accept({ kind: 'json', value: answered.value }) : answered;
      if (context.checkAnswers) assertAnswer(name, verdict);
      return verdict;
    },
  };
}

async function subscribe(
  context: RpcContext,
  live: Live,
  fields: Fields<'subscribe'>,
): Promise<Verdict<Told<'subscribe'>>> {
  const wanted = await wantedOf(context, fields);
  if (wanted.kind !== 'accept') return wanted;
  const { events, ledger } = context.ports;
  const oldest = await events.oldest();
  const { from = { height: oldest, index: 0 }, expires, public_key: key } = fields;
  // Genesis does nothing.
  if (from.height < oldest && oldest > 1) {
    return { ...reject('events.pruned', `What is kept begins with block ${oldest}.`), facts: { oldest } };
  }
  const until = key === undefined || expires === undefined ? undefined : 1_000 * expires;
  const begun = live.subscribe({ from, wanted: wanted.value, until });
  if (begun.kind !== 'accept') return begun;
  return accept({ subscription: begun.value, next: placeText(from), head: ledger.head().height });
}

async function unsubscribe(
  _context: RpcContext,
  live: Live,
  { subscription }: Fields<'unsubscribe'>,
): Promise<Verdict<Told<'unsubscribe'>>> {
  const next = live.unsubscribe(subscription);
  return next === undefined ? reject('subscription.unknown') : accept({ subscription, next });
}
