/** What nobody could give us when we first asked is asked for again (SPEC.md, R39, R60). */
import { validateAgain } from './learn.ts';
import type { State } from './state.ts';

/** With every resend and standstill, and when an authority comes within reach. */
export function askAgain(state: State): void {
  state.asked.clear(); // R60: fixpoint.ts asks anew for the certificates that are missing still
  validateAgain(state);
}
