/** Asking for certificates that we lack, and answering who asks (SPEC.md, R60 … R62). */
import { limits } from '../core/limits.ts';
import { isPending } from './activity.ts';
import type { Message, Request } from './messages.ts';
import type { Gap } from './parents.ts';
import { authorityCount, type State } from './state.ts';

/** R60: once until the next resend. @param of - whose proposal needs it; undefined = ask everybody. */
export function ask(state: State, of: number | undefined, gap: Gap): void {
  const { epoch, self } = state.config;
  if (self === undefined || authorityCount(state) === 1) return;
  const to = of === self ? undefined : of;
  const name = `${to ?? 'all'}:${gap.firstView}:${gap.lastView}`;
  if (state.asked.has(name)) return;
  state.asked.add(name);
  const message: Request = { kind: 'request', epoch, firstView: gap.firstView, lastView: gap.lastView };
  state.effects.push(to === undefined ? { kind: 'broadcast', message } : { kind: 'send', to, message });
}

/** R61: the certificates that we hold of these views; for what is final the highest finalization stands. */
export function answer(state: State, to: number, request: Request): void {
  const lastView = Math.min(request.lastView, request.firstView + limits.viewsAheadMax - 1, state.view);
  if (request.firstView <= state.floor.view) send(state, to, state.floor.certificate);
  for (let view = Math.max(request.firstView, state.floor.view + 1); view <= lastView; view++) {
    send(state, to, state.notarizations.get(view));
    send(state, to, state.nullifications.get(view));
  }
}

/**
 * R62: a Nullify tells that its sender is stuck. In a view that we left, it lacks what moved us; in one where
 * nothing pends for us, or when the epoch is over here, it lacks our highest finalization.
 */
export function help(state: State, to: number, view: number): void {
  const { certificate } = state.floor;
  const isBehind = view < state.view;
  const lacksFinality = view <= state.floor.view || state.ended || (!isBehind && !isPending(state));
  if (lacksFinality) send(state, to, certificate);
  if (isBehind && !(lacksFinality && state.admitting === certificate)) send(state, to, state.admitting);
}

function send(state: State, to: number, message: Message | undefined): void {
  if (message !== undefined && to !== state.config.self) state.effects.push({ kind: 'send', to, message });
}
