/**
 * Counting. One vote of each kind per authority and view; the q-th over the same statement makes the
 * certificate. A second, different one is evidence and is not counted. Our own votes come through here too,
 * fresh ones and those of the journal (SPEC.md, R20 … R23).
 */
import { assemble } from './certificate.ts';
import { excludeEachOther } from './evidence.ts';
import type { Certificate, Statement, Vote } from './messages.ts';
import { quorum } from './quorum.ts';
import { authorityCount, type Round, roundOf, type State } from './state.ts';
import { sameStatement } from './statements.ts';

/** R20, R21: counts a vote of a view above the floor. */
export function countVote(state: State, vote: Vote): void {
  if (vote.view <= state.floor.view) return;
  const round = roundOf(state, vote.view);
  const held = [round.notarize, round.nullify, round.finalize].flatMap(
    (votes) => votes.get(vote.signer) ?? [],
  );
  for (const other of held) accuse(state, round, other, vote);
  if (held.some((other) => other.kind === vote.kind)) return;
  put(round, vote);
  reach(state, vote);
}

/** R22: after a restart the votes of the journal may already be a quorum. */
export function recount(state: State): void {
  for (const view of [...state.rounds.keys()].sort((a, b) => a - b)) {
    const round = roundOf(state, view);
    for (const votes of [round.nullify, round.notarize, round.finalize]) {
      for (const vote of votes.values()) reach(state, vote);
    }
  }
}

/** R23: raised once for each authority, view and pair of kinds. */
export function accuse(state: State, round: Round, first: Statement, second: Statement): void {
  if (!excludeEachOther(first, second)) return;
  const name = accusation(first, second);
  if (round.accused.has(name)) return;
  round.accused.add(name);
  state.effects.push({ kind: 'accuse', evidence: { first, second } });
}

/** Has this authority been accused of this in this view? */
export function isAccused(round: Round, first: Statement, second: Statement): boolean {
  return round.accused.has(accusation(first, second));
}

/** Without judging: for votes of the journal. */
export function put(round: Round, vote: Vote): void {
  switch (vote.kind) {
    case 'notarize':
      round.notarize.set(vote.signer, vote);
      break;
    case 'nullify':
      round.nullify.set(vote.signer, vote);
      break;
    case 'finalize':
      round.finalize.set(vote.signer, vote);
      break;
  }
}

/** Do we hold the certificate of this kind and view, or one that makes it useless? */
export function isCertified(state: State, kind: Certificate['kind'], view: number): boolean {
  if (view <= state.floor.view) return true;
  if (kind === 'notarization') return state.notarizations.has(view);
  return kind === 'nullification' && state.nullifications.has(view);
}

function reach(state: State, vote: Vote): void {
  const kind = CERTIFIED_AS[vote.kind];
  const made = state.inbox.some((message) => message.kind === kind && message.view === vote.view);
  if (made || isCertified(state, kind, vote.view)) return;
  const round = roundOf(state, vote.view);
  const same = [...round[vote.kind].values()].filter((other) => sameStatement(other, vote));
  const n = authorityCount(state);
  if (same.length >= quorum(n)) state.inbox.push(assemble(same, n));
}

const CERTIFIED_AS = {
  notarize: 'notarization',
  nullify: 'nullification',
  finalize: 'finalization',
} as const;

function accusation(first: Statement, second: Statement): string {
  return [first.signer, ...[first.kind, second.kind].sort()].join(':');
}
