/** propose: an authority puts an action before the others, and approves it by that. */
import { equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject } from '../../core/verdict.ts';
import { isAuthority } from '../federation/federation.ts';
import type { Rule } from '../kind/rule.ts';
import { enqueueDue } from '../state/due.ts';
import { encodeTransaction, type Propose, transactionId } from '../transaction/transaction.ts';
import { decide } from './govern.ts';
import { openProposalsAt, type Proposal, presentEpoch, putOpenProposals, putProposal } from './proposal.ts';

/** @returns reject("role.missing" | "proposal.too-many" | "proposal.not-applicable"). */
export const propose: Rule<Propose> = (view, transaction, context) => {
  const { action, proposer } = transaction;
  if (!isAuthority(view, proposer)) return reject('role.missing');
  // Expired ones make room.
  const open = openProposalsAt(view, context.time);
  const own = open.filter((other) => equalBytes(other.proposer, proposer)).length;
  if (open.length >= limits.proposalsOpenMax || own >= limits.proposalsOpenPerAuthorityMax) {
    return reject('proposal.too-many');
  }
  const id = transactionId(encodeTransaction(transaction));
  const expiresAt = context.time + limits.proposalLifeMs;
  const epoch = presentEpoch(view, context);
  const proposal: Proposal = {
    action,
    proposer,
    epoch,
    expiresAt,
    approvals: [proposer],
    applied: undefined,
  };
  const decided = decide(view, id, proposal, context);
  if (decided.kind !== 'accept') return decided;
  return accept((draft) => {
    putOpenProposals(draft, [...open, { id, proposer, expiresAt }]);
    putProposal(draft, id, proposal);
    enqueueDue(draft, 'proposals', expiresAt, id);
    return [{ kind: 'proposed', proposal: id }, ...decided.value(draft)];
  });
};
