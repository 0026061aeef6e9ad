/** Bodies of notarised blocks that we did not vote for: they are judged too, to be finalised and built upon (R37, R38). */
import { equalBytes } from '../core/bytes.ts';
import { ask } from './ask.ts';
import { type BlockRef, refKey } from './block-ref.ts';
import { gapBelow } from './parents.ts';
import { leaderOf, type State } from './state.ts';

/** R37: in the order of the chain; where the chain is broken, ask for what lies below. */
export function learn(state: State): void {
  for (const [view, { block }] of state.notarizations) {
    if (state.bodies.has(refKey(block))) continue;
    const { floor } = state;
    if (equalBytes(block.parentHash, floor.hash)) {
      if (floor.executed) validate(state, view, block);
      continue; // otherwise the ledger is synchronising, and will say so
    }
    const parent = [...state.bodies.values()].find((body) => equalBytes(body.block.hash, block.parentHash));
    if (parent?.status === 'valid') validate(state, view, block);
    else if (parent === undefined && !isNotarised(state, block.parentHash)) {
      ask(state, leaderOf(state, view), gapBelow(state, view - 1, 1)); // R38
    }
  }
}

/** Asks the ledger for its verdict, once for each block. */
export function validate(state: State, view: number, block: BlockRef): void {
  state.bodies.set(refKey(block), { block, status: 'asked', seals: false, view });
  state.effects.push({ kind: 'validate', view, leader: leaderOf(state, view), block });
}

function isNotarised(state: State, hash: Uint8Array): boolean {
  return [...state.notarizations.values()].some(({ block }) => equalBytes(block.hash, hash));
}
