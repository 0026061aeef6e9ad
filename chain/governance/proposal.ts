/**
 * Which proposals there are. Each holds for two weeks, and only for the set of authorities under which it was made: an
 * approval by somebody who has been sent away since, or of a plan for another set, must never decide anything.
 */
import { equalBytes } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import type { Hash32, Height, PublicKey32, UnixMs } from '../../core/scalars.ts';
import { authoritySet } from '../federation/federation.ts';
import type { RuleContext } from '../kind/rule.ts';
import * as keys from '../state/keys.ts';
import type { Draft, StateView } from '../state/state.ts';
import type { Action } from './action.ts';

export type Proposal = {
  readonly action: Action;
  readonly proposer: PublicKey32;
  /** In which it was made; in a later one it is void. */
  readonly epoch: number;
  /** Nobody can approve it after this. */
  readonly expiresAt: UnixMs;
  /** In the order in which they came, the proposer first. */
  readonly approvals: readonly PublicKey32[];
  /** The block that applied it; undefined until then. */
  readonly applied: Height | undefined;
};

export function proposal(view: StateView, id: Hash32): Proposal | undefined {
  const bytes = view.get(keys.proposalKey(id));
  if (bytes === undefined) return undefined;
  const [action, proposer, epoch, expiresAt, approvals, applied] =
    decodeOwn<[Action, PublicKey32, number, UnixMs, PublicKey32[], Height | null]>(bytes);
  return { action, proposer, epoch, expiresAt, approvals, applied: applied ?? undefined };
}

export function putProposal(draft: Draft, id: Hash32, value: Proposal): void {
  const { action, proposer, epoch, expiresAt, approvals, applied } = value;
  draft.put(keys.proposalKey(id), encode([action, proposer, epoch, expiresAt, approvals, applied ?? null]));
}

export function deleteProposal(draft: Draft, id: Hash32): void {
  draft.delete(keys.proposalKey(id));
}

/** A proposal that is neither applied nor, when it was last looked at, expired. */
export type OpenProposal = {
  readonly id: Hash32;
  readonly proposer: PublicKey32;
  readonly expiresAt: UnixMs;
};

export function openProposals(view: StateView): readonly OpenProposal[] {
  const bytes = view.get(keys.PROPOSALS_OPEN);
  if (bytes === undefined) return [];
  const open = decodeOwn<[Hash32, PublicKey32, UnixMs][]>(bytes);
  return open.map(([id, proposer, expiresAt]) => ({ id, proposer, expiresAt }));
}

export function putOpenProposals(draft: Draft, open: readonly OpenProposal[]): void {
  const stored = open.map(({ id, proposer, expiresAt }) => [id, proposer, expiresAt]);
  if (open.length === 0) draft.delete(keys.PROPOSALS_OPEN);
  else draft.put(keys.PROPOSALS_OPEN, encode(stored));
}

/** In a block that has changed the set already, what follows belongs to the next epoch. */
export function presentEpoch(view: StateView, { epoch, height }: RuleContext): number {
  return authoritySet(view).since === height ? epoch + 1 : epoch;
}

/** @returns undefined also for one that is over and has not left the state yet. */
export function proposalAt(view: StateView, id: Hash32, at: Moment): Proposal | undefined {
  const known = proposal(view, id);
  if (known === undefined || at.time > known.expiresAt) return undefined;
  return known.epoch === at.epoch ? known : undefined;
}

/** When it is asked: block time, and the present epoch. */
export type Moment = Pick<RuleContext, 'time' | 'epoch'>;

/** Neither applied nor over. Those of another epoch went with it. */
export function openProposalsAt(view: StateView, time: UnixMs): readonly OpenProposal[] {
  return openProposals(view).filter(({ expiresAt }) => time <= expiresAt);
}

/** It waits for approvals no longer. */
export function closeProposal(draft: Draft, id: Hash32): void {
  const open = openProposals(draft);
  putOpenProposals(
    draft,
    open.filter((other) => !equalBytes(other.id, id)),
  );
}

/** The authorities change: all that waits is void. What was applied is taken for absent, and leaves when it is due. */
export function voidOpenProposals(draft: Draft): void {
  for (const { id } of openProposals(draft)) deleteProposal(draft, id);
  putOpenProposals(draft, []);
}

/** The queue has come to a proposal whose two weeks are over. Its id is a transaction's, and never comes again. */
export function forgetProposal(draft: Draft, id: Hash32): void {
  deleteProposal(draft, id);
  closeProposal(draft, id);
}
