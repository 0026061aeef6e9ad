/** Entering a view: only ever upwards, only by a certificate of the view before it or of a later one (R1, R2). */
import { limits } from '../core/limits.ts';
import type { Certificate } from './messages.ts';
import type { State } from './state.ts';

/** R1: the certificate of view v admits to v + 1. Timers and leading follow from the new state (fixpoint.ts). */
export function enter(state: State, certificate: Certificate): void {
  const view = certificate.view + 1;
  if (view <= state.view) return;
  state.view = view;
  state.admitting = certificate;
  state.building = undefined;
  state.asked.clear();
  // R2: votes of views far behind are forgotten; what we signed there and the certificates are not.
  for (const old of state.rounds.keys()) {
    if (old < view - limits.viewsKeptMax) state.rounds.delete(old);
  }
}
