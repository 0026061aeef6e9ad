/** `proposals`: what the authorities are asked to decide, who has approved so far, and how many it takes. */
import type { Sent } from '../../api/calls.ts';
import { quorumOf } from '../../chain/federation/federation.ts';
import { adviceOn, strengthOf } from '../../chain/governance/advice.ts';
import { authorities, openProposals, parameters, proposal, readyFor, upgrade } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import type { RpcPorts } from '../ports.ts';

export function proposals({ ports }: RpcContext): Verdict<AnswerTo<'proposals'>> {
  const { ledger, clock } = ports;
  const view = ledger.view();
  const head = ledger.head();
  // As the next block sees it.
  const now = { time: Math.max(clock.now(), head.time + 1), epoch: head.epoch };
  const strength = strengthOf(view);
  const open = openProposals(view, now.time).flatMap(({ id }) => {
    const found = proposal(view, id, now);
    if (found === undefined) return [];
    const { action, proposer, expiresAt, approvals } = found;
    return {
      id: toHex(id),
      action: plain(action) as Sent<'proposals'>['proposals'][number]['action'],
      proposer: toHex(proposer),
      expires_at: expiresAt,
      approvals: approvals.map(toHex),
      advice: adviceOn(action, strength) ?? null,
    };
  });
  const needed = quorumOf(authorities(view).length);
  const value = { epoch: head.epoch, needed, proposals: open, parameters: parameters(view) };
  return accept({ kind: 'json', value: { ...value, upgrade: shownUpgrade(ports) } });
}

/** The last one that was agreed upon; while it is to come, with who knows its rules. */
export function shownUpgrade({ ledger }: Pick<RpcPorts, 'ledger'>): Sent<'parameters'>['upgrade'] {
  const [view, head] = [ledger.view(), ledger.head()];
  const scheduled = upgrade(view);
  if (scheduled === undefined) return null;
  const isToCome = scheduled.version > head.rules;
  const ready = isToCome ? { ready: readyFor(view, scheduled.version, head.height).map(toHex) } : {};
  return { ...scheduled, ...ready };
}

/** Bytes as hex; everything else as it is. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
}
