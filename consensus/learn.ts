/** Bodies of notarised blocks that we did not vote for: they are judged too, to be finalised and built upon (R37 … R39). */
import { equalBytes } from '../core/bytes.ts';
import { ask } from './ask.ts';
import { type BlockRef, equalRefs, refKey } from './block-ref.ts';
import { gapBelow } from './parents.ts';
import { leaderOf, roundOf, type State, signedIn } from './state.ts';

/** R37: in the order of the chain; where the chain is broken, ask for what lies below. */
export function learn(state: State): void {
  for (const [view, { block }] of state.notarizations) {
    if (state.bodies.has(refKey(block))) continue;
    const { floor } = state;
    if (equalBytes(block.parentHash, floor.hash)) {
      if (floor.executed) validate(state, view, block);
      continue; // otherwise the ledger is synchronising, and will say so
    }
    // A liar may have named the parent's hash with another parent: that is another block, and its verdict another one.
    const isExecuted = [...state.bodies.values()].some(
      (body) => body.status === 'valid' && equalBytes(body.block.hash, block.parentHash),
    );
    if (isExecuted) validate(state, view, block);
    else if (!isNotarised(state, block.parentHash)) {
      // R38. Not of its leader alone: that one may be the very one who withholds them.
      ask(state, undefined, gapBelow(state, view - 1, 1));
    }
  }
}

/** Asks the ledger for its verdict; there is none while the body cannot be had. */
export function validate(state: State, view: number, block: BlockRef): void {
  state.bodies.set(refKey(block), { block, status: 'asked', seals: false, view, madeIn: undefined });
  askVerdict(state, view, block);
}

/**
 * What nobody could give us when we first asked is asked for again: with every resend and standstill, and when an authority
 * comes within reach.
 */
export function askAgain(state: State): void {
  state.asked.clear(); // R60: fixpoint.ts asks anew for the certificates that are missing still
  validateAgain(state);
}

/** R39: for every verdict that is still wanted. What was proposed in a view that came to nothing is not. */
function validateAgain(state: State): void {
  for (const { block, status, view } of state.bodies.values()) {
    if (status === 'asked' && (isCertain(state, block) || isProposed(state, block))) {
      askVerdict(state, view, block);
    }
  }
}

/** R39: is a notarised block without a verdict? */
export function lacksBody(state: State): boolean {
  return [...state.notarizations.values()].some(
    ({ block }) => state.bodies.get(refKey(block))?.status === 'asked',
  );
}

function askVerdict(state: State, view: number, block: BlockRef): void {
  state.effects.push({ kind: 'validate', view, leader: leaderOf(state, view), block });
}

function isCertain(state: State, block: BlockRef): boolean {
  return [...state.notarizations.values()].some((known) => equalRefs(known.block, block));
}

/** In the present view, and our vote for it may still be given. */
function isProposed(state: State, block: BlockRef): boolean {
  const { proposal, standing } = roundOf(state, state.view);
  if (proposal === undefined || standing === 'refused' || !equalRefs(proposal.block, block)) return false;
  return signedIn(state, state.view).nullify === undefined;
}

function isNotarised(state: State, hash: Uint8Array): boolean {
  return [...state.notarizations.values()].some(({ block }) => equalBytes(block.hash, hash));
}
