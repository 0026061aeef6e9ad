/** Asking for certificates that we lack, and answering who asks (SPEC.md, R60 … R63). */
import { limits } from '../core/limits.ts';
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

/** R62: a Nullify of a view that we left, or of one in which nothing pends for us: its sender lacks what moved us. */
export function help(state: State, to: number, view: number): void {
  const stale = view < state.view;
  const { certificate } = state.floor;
  if (certificate !== undefined && (view <= state.floor.view || (!stale && state.notarizations.size === 0))) {
    send(state, to, certificate);
  }
  if (stale && state.admitting !== certificate) send(state, to, state.admitting);
}

function send(state: State, to: number, message: Message | undefined): void {
  if (message !== undefined && to !== state.config.self) state.effects.push({ kind: 'send', to, message });
}
