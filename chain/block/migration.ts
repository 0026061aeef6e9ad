/**
 * What becomes of the state in the first block that follows newer rules, before its transactions. A migration touches
 * entries that it finds by their keys: it does not walk the state. What there are millions of is read in both forms
 * by its own room, and written in the new one (docs/decisions/upgrades.md).
 */
import { parameters, putParameters } from '../federation/federation.ts';
import { parametersSince } from '../federation/parameters.ts';
import type { RuleContext } from '../kind/rule.ts';
import type { Draft } from '../state/state.ts';

type Migration = (draft: Draft, context: RuleContext) => void;

/** By the version of the rules that begin. */
const MIGRATIONS: { readonly [version: number]: Migration } = {};

/** @param from - the version that the parent follows. */
export function migrate(draft: Draft, from: number, context: RuleContext): void {
  for (let version = from + 1; version <= context.version; version++) {
    const fresh = parametersSince(version);
    if (Object.keys(fresh).length > 0) putParameters(draft, { ...parameters(draft), ...fresh });
    MIGRATIONS[version]?.(draft, context);
  }
}
