/** approve: an authority agrees to a proposal. With a quorum of the current authorities it is applied at once. */
import { equalBytes } from '../../core/bytes.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { isAuthority } from '../federation/federation.ts';
import { authority, hash, signature, type Transacted } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { ACTION_EVENTS, decide } from './govern.ts';
import { presentEpoch, proposalAt, putProposal } from './proposal.ts';

const fields = {
  /** Id of the propose transaction. */
  proposal: hash,
  authority,
  signature,
};
export type Approve = Transacted<'approve', typeof fields>;

/**
 * @returns reject("proposal.unknown" | "role.missing" | "proposal.closed" | "proposal.not-applicable"),
 * ignore("proposal.already-approved").
 */
const rule: Rule<Approve> = (view, { proposal: id, authority }, context) => {
  const known = proposalAt(view, id, { time: context.time, epoch: presentEpoch(view, context) });
  if (known === undefined) return reject('proposal.unknown');
  if (!isAuthority(view, authority)) return reject('role.missing');
  if (known.approvals.some((key) => equalBytes(key, authority))) return ignore('proposal.already-approved');
  if (known.applied !== undefined) return reject('proposal.closed');
  const approved = { ...known, approvals: [...known.approvals, authority] };
  const decided = decide(view, id, approved, context);
  if (decided.kind !== 'accept') return decided;
  return accept((draft) => {
    putProposal(draft, id, approved);
    return [{ kind: 'approved', proposal: id, authority }, ...decided.value(draft)];
  });
};

export const approve = declareKind({
  kind: 'approve',
  since: 1,
  fields,
  signer: 'authority',
  events: ['approved', 'applied', ...ACTION_EVENTS],
  rule,
});
