/**
 * How long to wait, as a pure function of the state. Timeouts grow by half with every view that timed out, up
 * to a cap, and shrink by the same with every finalisation, so that a federation that lost its quorum for an
 * hour is back within half a minute (SPEC.md, R50 … R57).
 */
import { limits } from '../core/limits.ts';
import { isPending } from './activity.ts';
import { authorityCount, leaderOf, leads, type State } from './state.ts';

const GROWTH = 1.5;

/** R50: tL. How long the leader of the present view may take to propose. */
export function leaderTimeoutMs(state: State): number {
  return bounded(state, 2 + grace(state));
}

/** R51: tA. How long the whole view may take. */
export function advanceTimeoutMs(state: State): number {
  return bounded(state, 3 + grace(state));
}

/** R52: how long a leader with nothing to add waits for the pending block to become final by itself. */
export function lingerMs(state: State): number {
  return scaled(state, 1);
}

/** R53: between two resends of our Nullify or of our questions. */
export function resendMs(state: State): number {
  return scaled(state, 2);
}

/** R54: a view failed. */
export function grow(state: State): void {
  const before = state.backoff;
  if (scaled(state, 3) < limits.timeoutMsMax) state.backoff++;
  if (!state.workDue && !isPending(state)) state.idleBackoff += state.backoff - before;
}

/** R54: progress. */
export function shrink(state: State): void {
  state.backoff = Math.max(0, state.backoff - 1);
  state.idleBackoff = Math.min(state.idleBackoff, state.backoff);
}

/** R57: there is work after a rest. Timers that run were armed for as long as it seemed to take then. */
export function leaveRest(state: State): void {
  if (state.idleBackoff === 0) return;
  state.backoff -= state.idleBackoff;
  state.idleBackoff = 0;
  state.running.delete('leader');
  state.running.delete('advance');
}

/**
 * R55: not heard in the last 2n views, while certificates carried us through them (so a quorum was active):
 * it has led two of them in silence. Any message of it in a recent view ends that.
 */
export function isSilent(state: State, authority: number): boolean {
  return authority !== state.config.self && state.view - state.heard[authority]! > 2 * authorityCount(state);
}

/** R55: a silent leader gets no time at all. */
export function isSkipped(state: State): boolean {
  return !leads(state) && isSilent(state, leaderOf(state, state.view));
}

/** Without work of our own we give a leader the time that it may linger. */
function grace(state: State): number {
  return state.workDue ? 0 : 1;
}

function bounded(state: State, deltas: number): number {
  return scaled(state, deltas) + state.config.timing.blockIntervalMs;
}

function scaled(state: State, deltas: number): number {
  let ms = deltas * state.config.timing.deltaMs;
  for (let i = 0; i < state.backoff && ms < limits.timeoutMsMax; i++) ms *= GROWTH;
  return Math.min(Math.round(ms), limits.timeoutMsMax);
}
