/**
 * Which rules a block follows. The authorities may agree that from some height on blocks follow newer ones
 * (chain/governance/action.ts, `upgrade`); a program that does not know these must not make, judge or commit such a block.
 * So the upgrade waits behind its height until a quorum of the authorities has said in its blocks that it knows them
 * (docs/decisions/upgrades.md).
 */
import type { Height } from '../../core/scalars.ts';
import { isSignalled, upgrade } from '../federation/upgrade.ts';
import { RULES_VERSION } from '../kind/rules-version.ts';
import type { StateView } from '../state/state.ts';

export { RULES_VERSION } from '../kind/rules-version.ts';

/** A block as far as its child's version goes. */
type Parent = {
  readonly header: { readonly version: number; readonly height: Height };
  readonly view: StateView;
};

/** The version in the header of the children of this block. */
export function childVersion({ header, view }: Parent): number {
  const next = upgrade(view);
  if (next === undefined || next.version <= header.version) return header.version; // it never goes back
  const isDue = header.height + 1 >= next.height;
  return isDue && isSignalled(view, next.version, header.height) ? next.version : header.version;
}

/** Does this program know the rules for children of this block? */
export function canFollow(parent: Parent): boolean {
  return childVersion(parent) <= RULES_VERSION;
}
