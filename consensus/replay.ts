/**
 * From the disk to a state: exactly what was signed, learned and judged before the crash
 * (SPEC.md, R70 … R74). Pure and silent; the effects come with the input `start`.
 */
import { assert } from '../core/assert.ts';
import { limits } from '../core/limits.ts';
import { refKey } from './block-ref.ts';
import type { ConsensusConfig, Restored } from './config.ts';
import { decodeRecord, type JournalEntry } from './journal-record.ts';
import { hold } from './on-certificate.ts';
import { restoreProposal, restoreVote } from './signer.ts';
import { standstill } from './standstill.ts';
import { leaderOf, roundOf, type State } from './state.ts';
import { isCertified, put, recount } from './tally.ts';

export function restore(config: ConsensusConfig, restored: Restored): State {
  const n = config.authorities.length;
  assert(n >= 1 && n <= limits.authoritiesMax, 'an epoch has 1 … 30 authorities');
  assert(config.self === undefined || config.self < n, 'we are one of the authorities, or an observer');
  const state = fresh(config, restored);
  for (const bytes of restored.journal) replay(state, decodeRecord(bytes));
  // R74: nobody is called silent before we have listened for a while.
  state.heard.fill(state.view);
  restoreProposal(state);
  return state;
}

/** R73: resume: count our own votes, execute again what was valid, say again what we said. */
export function start(state: State): void {
  assert(!state.started, 'a machine starts once');
  state.started = true;
  const { certificate, view } = state.floor;
  if (certificate !== undefined && view > state.ledgerView)
    state.effects.push({ kind: 'finalise', certificate });
  const bodies = [...state.bodies.values()].sort((a, b) => a.block.height - b.block.height);
  for (const body of bodies) {
    if (body.status !== 'restored' || state.config.self === undefined) continue;
    body.status = 'asked';
    const leader = leaderOf(state, body.view);
    state.effects.push({ kind: 'validate', view: body.view, leader, block: body.block });
  }
  recount(state);
  standstill(state);
}

/** R70, R71: one record. Other epochs and what the ledger has passed bind us no more. */
function replay(state: State, entry: JournalEntry): void {
  const { epoch, self } = state.config;
  if (entry.epoch !== epoch || entry.view <= state.floor.view) return;
  switch (entry.kind) {
    case 'verdict': {
      const { block, valid, seals, view } = entry;
      const status = valid ? 'restored' : 'invalid'; // executed again, a valid one tells its view again
      state.bodies.set(refKey(block), { block, status, seals, view, madeIn: undefined });
      break;
    }
    case 'notarize':
    case 'nullify':
    case 'finalize':
      if (self === undefined) break; // an observer takes nothing back, and signs nothing
      assert(entry.signer === self, 'the journal holds our own votes');
      // No vote moves the view: what admitted us stands in the journal before it (R31), or was lost with our disk (R76).
      restoreVote(state, entry);
      put(roundOf(state, entry.view), entry); // R72: our own vote counts
      break;
    case 'notarization':
    case 'nullification':
    case 'finalization':
      if (!isCertified(state, entry.kind, entry.view)) hold(state, entry);
      break;
  }
}

/** Nothing but the ledger's head, or the root of the epoch. */
function fresh(config: ConsensusConfig, { floor, fence = 0, doubt = fence }: Restored): State {
  const view = floor?.certificate.view ?? 0;
  return {
    config,
    started: false,
    view: view + 1,
    admitting: floor?.certificate,
    floor: {
      view,
      hash: floor?.block.hash ?? config.root.hash,
      certificate: floor?.certificate,
      block: floor?.block ?? config.root,
      executed: true,
    },
    ledgerView: view,
    ended: floor?.seals ?? false, // R34
    rounds: new Map(),
    notarizations: new Map(),
    nullifications: new Map(),
    bodies: new Map(),
    signed: new Map(),
    fence,
    doubt,
    heard: config.authorities.map(() => 0),
    backoff: 0,
    idleBackoff: 0,
    workDue: false,
    building: undefined,
    lingered: 0,
    asked: new Set(),
    running: new Map(),
    resends: 0,
    standstills: 0,
    inbox: [],
    effects: [],
  };
}
