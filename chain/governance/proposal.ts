/**
 * Which proposals there are. Each holds for two weeks, and only for the set of authorities under which it was made: an
 * approval by somebody who has been sent away since, or of a plan for another set, must never decide anything.
 */
import { equalBytes } from '../../core/bytes.ts';
import type { Hash32, UnixMs } from '../../core/scalars.ts';
import * as federation from '../federation/federation.ts';
import type { RuleContext } from '../kind/rule.ts';
import type { Draft, StateView } from '../state/state.ts';

/** In a block that has changed the set already, what follows belongs to the next epoch. */
export function presentEpoch(view: StateView, { epoch, height }: RuleContext): number {
  return federation.authoritySet(view).since === height ? epoch + 1 : epoch;
}

/** @returns undefined also for one that is over and has not left the state yet. */
export function proposalAt(view: StateView, id: Hash32, at: Moment): federation.Proposal | undefined {
  const known = federation.proposal(view, id);
  if (known === undefined || at.time > known.expiresAt) return undefined;
  return known.epoch === at.epoch ? known : undefined;
}

/** When it is asked: block time, and the present epoch. */
export type Moment = Pick<RuleContext, 'time' | 'epoch'>;

/** Neither applied nor over. Those of another epoch went with it. */
export function openProposalsAt(view: StateView, time: UnixMs): readonly federation.OpenProposal[] {
  return federation.openProposals(view).filter(({ expiresAt }) => time <= expiresAt);
}

/** It waits for approvals no longer. */
export function closeProposal(draft: Draft, id: Hash32): void {
  const open = federation.openProposals(draft);
  federation.putOpenProposals(
    draft,
    open.filter((other) => !equalBytes(other.id, id)),
  );
}

/** The authorities change: all that waits is void. What was applied is taken for absent, and leaves when it is due. */
export function voidOpenProposals(draft: Draft): void {
  for (const { id } of federation.openProposals(draft)) federation.deleteProposal(draft, id);
  federation.putOpenProposals(draft, []);
}

/** The queue has come to a proposal whose two weeks are over. Its id is a transaction's, and never comes again. */
export function forgetProposal(draft: Draft, id: Hash32): void {
  federation.deleteProposal(draft, id);
  closeProposal(draft, id);
}
