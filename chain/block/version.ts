/**
 * Which rules a block follows. The authorities may agree that from some height on blocks follow newer ones
 * (chain/governance/action.ts, `upgrade`); a program that does not know these must not make, judge or commit such a block.
 */
import type { Height } from '../../core/scalars.ts';
import { upgrade } from '../federation/upgrade.ts';
import type { StateView } from '../state/state.ts';

/** Of the rules in this folder: the highest version that this program knows. */
export const RULES_VERSION = 1;

/** A block as far as its child's version goes. */
type Parent = {
  readonly header: { readonly version: number; readonly height: Height };
  readonly view: StateView;
};

/** The version in the header of the children of this block. */
export function childVersion({ header, view }: Parent): number {
  const next = upgrade(view);
  const isDue = next !== undefined && header.height + 1 >= next.height;
  return isDue ? Math.max(next.version, header.version) : header.version; // it never goes back
}

/** Does this program know the rules for children of this block? */
export function canFollow(parent: Parent): boolean {
  return childVersion(parent) <= RULES_VERSION;
}
