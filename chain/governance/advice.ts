/**
 * @pure What operators should know of an action before they approve it, beside whether the ledger takes it. For whoever
 * proposes and approves; no rule asks it.
 */

import * as federation from '../federation/federation.ts';
import type { StateView } from '../state/state.ts';
import type { Action } from './action.ts';

/** Libraries, and how many of them must attest a book. */
export type Strength = { readonly members: number; readonly attestations: number };

export function strengthOf(view: StateView): Strength {
  return {
    members: federation.memberKeys(view).length,
    attestations: federation.parameters(view).attestations,
  };
}

/** @param now - before the action. @returns a sentence, or undefined when there is nothing to be said. */
export function adviceOn(action: Action, now: Strength): string | undefined {
  const after = afterwards(action, now);
  if (after === undefined || after.attestations < 2 || after.attestations < after.members) return undefined;
  const lower = `digitallib propose set-parameters attestations=${Math.max(1, after.members - 1)}`;
  return `${after.attestations} attestations, of ${after.members} libraries: one library that is down stops new books. Before one goes, lower attestations first (${lower}).`;
}

/** @returns undefined for an action that does not touch it, or only for the better. */
function afterwards(action: Action, { members, attestations }: Strength): Strength | undefined {
  switch (action.kind) {
    case 'set-parameters':
      return { members, attestations: action.parameters.attestations };
    case 'remove-member':
      return { members: members - 1, attestations };
    default:
      return undefined;
  }
}
