/**
 * Which timers should run, derived from the state; the difference to those that run becomes effects
 * (SPEC.md, R43, R44). A timer that fired is not armed again for the same purpose.
 */

import { limits } from '../core/limits.ts';
import { isActive, isPending } from './activity.ts';
import type { Timer } from './input.ts';
import { askAgain, lacksBody } from './learn.ts';
import { resendView, standstill } from './standstill.ts';
import { isBuilding, leads, roundOf, type State, signedIn } from './state.ts';
import { advanceTimeoutMs, isSkipped, leaderTimeoutMs, lingerMs, resendMs } from './timing.ts';

/** What a timer is for, so that a change of purpose arms it afresh, and how long it takes. */
type Wanted = { readonly purpose: string; readonly delayMs: number };
const TIMERS: readonly Timer[] = ['leader', 'advance', 'resend', 'standstill'];

/** A timer has fired. */
export function onTimer(state: State, timer: Timer): void {
  if (!state.running.delete(timer)) return; // it was cancelled while it was on its way
  switch (timer) {
    case 'leader':
      if (leads(state))
        state.lingered = state.view; // R52
      else roundOf(state, state.view).expired = true; // R7
      break;
    case 'advance':
      roundOf(state, state.view).expired = true; // R7
      break;
    case 'resend':
      state.resends++;
      askAgain(state);
      resendView(state);
      break;
    case 'standstill':
      state.standstills++;
      askAgain(state);
      standstill(state);
      break;
  }
}

/** Arms and cancels, so that what runs is what is wanted. */
export function arm(state: State): void {
  for (const timer of TIMERS) {
    const wanted = isActive(state) ? WANTED[timer](state) : undefined;
    const running = state.running.get(timer);
    if (running === wanted?.purpose) continue;
    if (wanted === undefined) {
      state.running.delete(timer);
      state.effects.push({ kind: 'cancel-timer', timer });
    } else {
      state.running.set(timer, wanted.purpose);
      state.effects.push({ kind: 'set-timer', timer, delayMs: wanted.delayMs });
    }
  }
}

const WANTED: { readonly [T in Timer]: (state: State) => Wanted | undefined } = {
  leader(state) {
    if (!isOpen(state)) return undefined;
    const { view } = state;
    if (leads(state)) {
      const lingers = isPending(state) && state.lingered !== view && !isBuilding(state);
      return lingers ? { purpose: `linger:${view}`, delayMs: lingerMs(state) } : undefined;
    }
    if (roundOf(state, view).standing === 'fits') return undefined; // R17
    return { purpose: `wait:${view}`, delayMs: isSkipped(state) ? 0 : leaderTimeoutMs(state) };
  },
  advance(state) {
    return isGivenUp(state) ? undefined : { purpose: `${state.view}`, delayMs: advanceTimeoutMs(state) };
  },
  resend(state) {
    const lacks = state.asked.size > 0 || lacksBody(state);
    const needed = lacks || signedIn(state, state.view).nullify !== undefined;
    return needed ? { purpose: `${state.view}:${state.resends}`, delayMs: resendMs(state) } : undefined;
  },
  standstill(state) {
    const purpose = `${state.view}:${state.floor.view}:${state.standstills}`;
    return { purpose, delayMs: limits.standstillMs };
  },
};

/** Nothing of ours is out in this view. */
function isOpen(state: State): boolean {
  return !isGivenUp(state) && signedIn(state, state.view).notarize === undefined;
}

function isGivenUp(state: State): boolean {
  return signedIn(state, state.view).nullify !== undefined || roundOf(state, state.view).expired;
}
