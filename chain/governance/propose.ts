/** propose: an authority puts an action before the others, and approves it by that. */
import { equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject } from '../../core/verdict.ts';
import { isAuthority } from '../federation/federation.ts';
import { authority, once, type Transacted } from '../kind/field.ts';
import { declareKind, idOf } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { enqueueDue } from '../state/due.ts';
import { actionField } from './action.ts';
import { ACTION_EVENTS, decide } from './govern.ts';
import { openProposalsAt, type Proposal, presentEpoch, putOpenProposals, putProposal } from './proposal.ts';
import { seatCheck } from './seat.ts';

const fields = { action: actionField, proposer: authority, ...once };
export type Propose = Transacted<'propose', typeof fields>;

/** @returns reject("role.missing" | "proposal.too-many" | "proposal.not-applicable"). */
const rule: Rule<Propose> = (view, transaction, context) => {
  const { action, proposer } = transaction;
  if (!isAuthority(view, proposer)) return reject('role.missing');
  // Expired ones make room.
  const open = openProposalsAt(view, context.time);
  const own = open.filter((other) => equalBytes(other.proposer, proposer)).length;
  if (open.length >= limits.proposalsOpenMax || own >= limits.proposalsOpenPerAuthorityMax) {
    return reject('proposal.too-many');
  }
  const id = idOf({ kind: 'propose', fields }, transaction);
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

export const propose = declareKind({
  kind: 'propose',
  since: 1,
  fields,
  signer: 'proposer',
  events: ['proposed', 'applied', ...ACTION_EVENTS],
  others: (chain, { action }) =>
    action.kind === 'set-authorities' ? action.seats.map((seat) => seatCheck(chain, seat)) : [],
  oneByOne: true,
  rule,
});
