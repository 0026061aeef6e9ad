/**
 * Saying again what was said. Nothing here signs: what goes out again is what the signer remembers
 * (SPEC.md, R45 … R47). Bounded, because a flood is no help to somebody who is behind.
 */
import { limits } from '../core/limits.ts';
import type { Message } from './messages.ts';
import { type State, signedIn } from './state.ts';

/** R46: the highest Finalization, the certificates above it, and our own votes above it. */
export function standstill(state: State): void {
  again(state, state.floor.certificate);
  const lowest = Math.max(state.floor.view + 1, state.view - limits.viewsAheadMax);
  for (let view = lowest; view <= state.view; view++) {
    again(state, state.notarizations.get(view));
    again(state, state.nullifications.get(view));
    ownVotes(state, view);
  }
}

/** R45: what we said in the present view, and the certificate that admits to it. */
export function resendView(state: State): void {
  again(state, state.admitting);
  ownVotes(state, state.view);
}

function ownVotes(state: State, view: number): void {
  const { proposal, notarize, nullify, finalize } = signedIn(state, view);
  if (view === state.view) again(state, proposal);
  for (const vote of [notarize, nullify, finalize]) again(state, vote);
}

function again(state: State, message: Message | undefined): void {
  if (message !== undefined && state.config.self !== undefined)
    state.effects.push({ kind: 'broadcast', message });
}
