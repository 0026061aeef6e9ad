/** Is anything to be done? Idleness is a state of the machine: no block is due, no timer runs (SPEC.md, R40 … R42). */
import { authorityCount, isVoter, roundOf, type State } from './state.ts';

/** R40: a notarised block, sealing or not, is not final yet. (Certificates at or below the floor are forgotten.) */
export function isPending(state: State): boolean {
  return state.notarizations.size > 0;
}

/** R41: somebody else moved in the present view. */
export function isWoken(state: State): boolean {
  const round = roundOf(state, state.view);
  return round.nullify.size > 0 || (round.proposal !== undefined && round.standing !== 'refused');
}

/** R42: timers run only then. An authority alone needs none: its own vote is the quorum. */
export function isActive(state: State): boolean {
  return isVoter(state) && authorityCount(state) > 1 && (state.workDue || isPending(state) || isWoken(state));
}
