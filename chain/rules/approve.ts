/** approve: an authority agrees to a proposal. With a quorum of the current authorities it is applied at once. */
import { equalBytes } from '../../core/bytes.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { isAuthority, proposal, putProposal } from '../federation.ts';
import { decide, hasQuorum } from '../govern.ts';
import type { Rule } from '../rule.ts';
import type { Approve } from '../transaction.ts';

/**
 * @returns reject("proposal.unknown" | "role.missing" | "proposal.closed" | "proposal.not-applicable"),
 * ignore("proposal.already-approved").
 */
export const approve: Rule<Approve> = (view, { proposal: id, authority }, context) => {
  const known = proposal(view, id);
  if (known === undefined) return reject('proposal.unknown');
  if (!isAuthority(view, authority)) return reject('role.missing');
  const already = known.approvals.some((key) => equalBytes(key, authority));
  // A repeat is of use only when the set has shrunk so that the approvals now suffice.
  const useful = known.applied === undefined && hasQuorum(view, known.approvals);
  if (already && !useful) return ignore('proposal.already-approved');
  if (known.applied !== undefined || context.time > known.expiresAt) return reject('proposal.closed');
  const approvals = already ? known.approvals : [...known.approvals, authority];
  const approved = { ...known, approvals };
  const decided = decide(view, id, approved, context);
  if (decided.kind !== 'accept') return decided;
  return accept((draft) => {
    putProposal(draft, id, approved);
    return [{ kind: 'approved', proposal: id, authority }, ...decided.value(draft)];
  });
};
