/**
 * The door: bytes from an authority's link → a message for `step`, or why not. Cheap checks first, signatures
 * last and never twice. Changes nothing. Its verdicts: accept; ignore = of no use, nobody is to blame;
 * reject = the sender is wrong (SPEC.md, A1 … A8).
 */
import { type Bytes, equalBytes } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { accept, ignore, reject, type Verdict } from '../core/verdict.ts';
import { verifyCertificate } from './certificate.ts';
import {
  type Certificate,
  decodeMessage,
  type Message,
  type Proposal,
  type Request,
  type Statement,
  type Vote,
} from './messages.ts';
import { authorityCount, leaderOf, type State } from './state.ts';
import { sameStatement, statementHash } from './statements.ts';
import { isAccused, isCertified } from './tally.ts';

/**
 * @param from - number of the authority whose link brought the bytes.
 * @returns reject("codec.…" | "consensus.unknown-authority" | "consensus.wrong-leader" |
 * "consensus.not-enough-signers" | "consensus.wrong-signature"), ignore("consensus.wrong-epoch" |
 * "consensus.outside-window" | "consensus.known").
 */
export function admit(machine: State, from: number, bytes: Bytes): Verdict<Message> {
  const decoded = decodeMessage(bytes); // A1
  if (decoded.kind !== 'accept') return decoded;
  const message = decoded.value;
  if (message.epoch !== machine.config.epoch) return ignore('consensus.wrong-epoch'); // A2
  switch (message.kind) {
    case 'proposal':
      return admitProposal(machine, message);
    case 'notarize':
    case 'nullify':
    case 'finalize':
      return admitVote(machine, message);
    case 'notarization':
    case 'nullification':
    case 'finalization':
      return admitCertificate(machine, message);
    case 'request':
      return admitRequest(machine, from, message);
  }
}

/** A3, A4: from the leader of a view in our window; one more only if it proves that the leader lies. */
function admitProposal(state: State, proposal: Proposal): Verdict<Message> {
  if (proposal.signer >= authorityCount(state)) return reject('consensus.unknown-authority');
  if (proposal.signer !== leaderOf(state, proposal.view)) return reject('consensus.wrong-leader');
  if (!isInWindow(state, proposal.view)) return ignore('consensus.outside-window');
  const held = state.rounds.get(proposal.view)?.proposal;
  if (held !== undefined && !isNews(state, held, proposal)) return ignore('consensus.known');
  return verified(state, proposal);
}

/** A3, A5: one vote of a kind, author and view, or the proof that its author lies. */
function admitVote(state: State, vote: Vote): Verdict<Message> {
  if (vote.signer >= authorityCount(state)) return reject('consensus.unknown-authority');
  const held = state.rounds.get(vote.view)?.[vote.kind].get(vote.signer);
  if (vote.kind === 'nullify' && (vote.view < state.view || state.ended)) {
    // A6: a cry for help (R62), also when it is a repeat, and however far behind it is.
    return held !== undefined && equalBytes(held.signature, vote.signature)
      ? accept(vote)
      : verified(state, vote);
  }
  if (!isInWindow(state, vote.view)) return ignore('consensus.outside-window');
  if (held !== undefined && !isNews(state, held, vote)) return ignore('consensus.known');
  return verified(state, vote);
}

/** A7: one of a kind and view above the floor, however far ahead. Signatures that we have seen are not checked again. */
function admitCertificate(state: State, certificate: Certificate): Verdict<Message> {
  if (isCertified(state, certificate.kind, certificate.view)) return ignore('consensus.known');
  const round = state.rounds.get(certificate.view);
  const verdict = verifyCertificate(state.config, certificate, (statement, signer, signature) => {
    const vote = statement.kind === 'proposal' ? undefined : round?.[statement.kind].get(signer);
    return vote !== undefined && sameStatement(vote, statement) && equalBytes(vote.signature, signature);
  });
  return verdict.kind === 'accept' ? accept(certificate) : verdict;
}

/** A8: of an authority, for as many views as one answer may hold. */
function admitRequest(state: State, from: number, request: Request): Verdict<Message> {
  const isAuthority = Number.isSafeInteger(from) && from >= 0 && from < authorityCount(state);
  if (!isAuthority) return reject('consensus.unknown-authority');
  const views = request.lastView - request.firstView + 1;
  if (views < 1 || views > limits.viewsAheadMax)
    return reject('codec.wrong-shape', 'too many views, or none');
  return accept(request);
}

/** A3: above the floor, and near enough to be kept. */
function isInWindow(state: State, view: number): boolean {
  if (view <= state.floor.view || view < state.view - limits.viewsKeptMax) return false;
  return view <= state.view + limits.viewsAheadMax;
}

/** It contradicts what we hold, and we have not accused its author of that yet. */
function isNews(state: State, held: Statement, statement: Statement): boolean {
  const round = state.rounds.get(statement.view);
  return !sameStatement(held, statement) && round !== undefined && !isAccused(round, held, statement);
}

function verified(state: State, statement: Statement): Verdict<Message> {
  const { config } = state;
  const publicKey = config.authorities[statement.signer]!;
  const sound = config.verify(publicKey, statementHash(config, statement), statement.signature);
  return sound ? accept(statement) : reject('consensus.wrong-signature');
}
