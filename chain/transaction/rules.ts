/**
 * The one door to the rules: what every transaction must satisfy, then the rule of its kind. A rule decides and
 * hands back what it would do, so that checking and applying cannot disagree. Signatures have been verified before
 * (chain/transaction/signing.ts); a refused transaction changes nothing.
 */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { UnixMs } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { forgetUploads } from '../files/files.ts';
import { forgetProposal } from '../governance/proposal.ts';
import type { ChainEvent } from '../kind/event.ts';
import { isOfVersion } from '../kind/kind.ts';
import type { Change, RuleContext } from '../kind/rule.ts';
import { declaredOf, type Transaction } from '../kinds.ts';
import { forgetSale } from '../money/sale.ts';
import { type Queue, sweepDue } from '../state/due.ts';
import type { Draft, StateView } from '../state/state.ts';
import { checkLifetime, remember } from './seen.ts';

export type { RuleContext } from '../kind/rule.ts';

/** How what is over leaves the state, queue by queue. */
const FORGET: { readonly [Q in Queue]: (draft: Draft, reference: Bytes, time: UnixMs) => void } = {
  closedSales: forgetSale,
  proposals: forgetProposal,
  pendingUploads: forgetUploads,
};

/**
 * May this happen in such a block? Never changes anything. `ignore` = it has happened already (a repeat of an
 * idempotent kind): of no use in a block, and for its sender as good as done.
 */
export function check(view: StateView, transaction: Transaction, context: RuleContext): Verdict {
  const judged = judge(view, transaction, context);
  return judged.kind === 'accept' ? accept() : judged;
}

/** The same verdict as `check`; when it is accept, the draft holds the change. */
export function apply(
  draft: Draft,
  transaction: Transaction,
  context: RuleContext,
): Verdict<readonly ChainEvent[]> {
  const judged = judge(draft, transaction, context);
  if (judged.kind !== 'accept') return judged;
  const events = judged.value(draft);
  const { kind, events: declared } = declaredOf(transaction);
  for (const event of events)
    assert(declared.includes(event.kind), `${kind} tells what it declares: ${event.kind}`);
  remember(draft, transaction, context);
  forgetDue(draft, context.time);
  return accept(events);
}

/** Whatever comes takes some of what is over with it. */
function forgetDue(draft: Draft, time: UnixMs): void {
  for (const [queue, forget] of Object.entries(FORGET)) {
    for (const reference of sweepDue(draft, queue as Queue, time)) forget(draft, reference, time);
  }
}

function judge(view: StateView, transaction: Transaction, context: RuleContext): Verdict<Change> {
  const declared = declaredOf(transaction);
  if (!isOfVersion(declared, transaction, context.version)) return reject('rule.not-in-force');
  const alive = checkLifetime(view, transaction, context);
  if (alive.kind !== 'accept') return alive;
  return declared.rule(view, transaction, context);
}
