/**
 * What a block of the present view may build on: a notarised block such that every view between is nullified
 * (SPEC.md, R10 … R14). Scanned downwards, because the highest is wanted; the length of the scan is the number
 * of views that failed since the last good one.
 */
import { equalBytes } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, Height } from '../core/scalars.ts';
import { type BlockRef, equalRefs, refKey } from './block-ref.ts';
import type { Proposal } from './messages.ts';
import type { State } from './state.ts';

export type Parent = {
  readonly view: number;
  readonly hash: Hash32;
  /** Durable and executed here. */
  readonly executed: boolean;
  /** Judged here and found wrong, whatever the others say. */
  readonly invalid: boolean;
  readonly seals: boolean;
  readonly height: Height | undefined;
  /** Undefined for the floor. */
  readonly block: BlockRef | undefined;
};
export type Gap = { readonly kind: 'gap'; readonly firstView: number; readonly lastView: number };

/** R10: the finalised floor, or the notarised block of a view above it. */
export function parentAt(state: State, view: number): Parent | undefined {
  const { floor } = state;
  if (view === floor.view) {
    const { hash, executed } = floor;
    return {
      view,
      hash,
      executed,
      invalid: false,
      seals: false,
      height: floor.block?.height,
      block: undefined,
    };
  }
  const block = state.notarizations.get(view)?.block;
  if (block === undefined) return undefined;
  const body = state.bodies.get(refKey(block));
  const { hash, height } = block;
  const executed = body?.status === 'valid';
  return {
    view,
    hash,
    executed,
    invalid: body?.status === 'invalid',
    seals: executed && body.seals,
    height,
    block,
  };
}

/**
 * R11: what we, leading the present view, build on: the highest notarised block that we have executed such
 * that every view between is nullified. Lower ones are as safe; the highest loses the least.
 */
export function chooseParent(state: State): Parent | Gap | { readonly kind: 'wait' } {
  for (let view = state.view - 1; ; view--) {
    const parent = parentAt(state, view);
    if (parent?.executed) return parent;
    if (view === state.floor.view) return { kind: 'wait' };
    if (state.nullifications.has(view)) continue;
    return parent === undefined ? gapBelow(state, view, state.floor.view + 1) : { kind: 'wait' };
  }
}

/** `again`: it is the parent itself, which seals the epoch. */
type Judgement =
  | { readonly kind: 'wait' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'fits'; readonly again: boolean };

/** R12 … R14: does a proposal of the present view fit what is certified? Missing data is a gap or a wait, never "wrong". */
export function judge(state: State, proposal: Proposal): Gap | Judgement {
  const { parentView, view, block } = proposal;
  if (parentView < state.floor.view) return { kind: 'wrong' }; // what is final cannot be skipped
  for (let between = view - 1; between > parentView; between--) {
    if (!state.nullifications.has(between)) return gapBelow(state, between, parentView);
  }
  const parent = parentAt(state, parentView);
  if (parent === undefined) return gapBelow(state, parentView, parentView);
  const again = parent.block !== undefined && equalRefs(block, parent.block);
  if (!again && !isChild(block, parent)) return { kind: 'wrong' };
  if (parent.invalid) return { kind: 'wrong' };
  if (!parent.executed) return { kind: 'wait' };
  // R14: on a sealing block follows the same block again and nothing else, and only on a sealing block.
  return again === parent.seals ? { kind: 'fits', again } : { kind: 'wrong' };
}

/** The views to ask for: the missing one, and what lies below it as far as one answer reaches. */
export function gapBelow(state: State, lastView: number, lowest: number): Gap {
  const first = Math.max(lowest, state.floor.view + 1, lastView - limits.viewsAheadMax + 1);
  return { kind: 'gap', firstView: Math.min(first, lastView), lastView };
}

function isChild(block: BlockRef, parent: Parent): boolean {
  if (!equalBytes(block.parentHash, parent.hash)) return false;
  return parent.height === undefined || block.height === parent.height + 1;
}
