/** A message, admitted from outside or from our own inbox: one way in for both (SPEC.md, R20, R23, R56). */
import { unreachable } from '../core/assert.ts';
import { answer, help } from './ask.ts';
import { signersOf } from './certificate.ts';
import type { Certificate, Message, Proposal } from './messages.ts';
import { onCertificate } from './on-certificate.ts';
import { authorityCount, roundOf, type State } from './state.ts';
import { sameStatement } from './statements.ts';
import { accuse, countVote } from './tally.ts';

/** @param from - whose link brought it; undefined = we made it. */
export function onMessage(state: State, message: Message, from: number | undefined): void {
  switch (message.kind) {
    case 'proposal':
      hear(state, message.signer, message.view);
      onProposal(state, message);
      break;
    case 'nullify':
      if (from !== undefined) help(state, from, message.view);
      hear(state, message.signer, message.view);
      countVote(state, message);
      break;
    case 'notarize':
    case 'finalize':
      hear(state, message.signer, message.view);
      countVote(state, message);
      break;
    case 'notarization':
    case 'nullification':
    case 'finalization':
      hearAll(state, message);
      onCertificate(state, message, from === undefined);
      break;
    case 'request':
      if (from !== undefined) answer(state, from, message);
      break;
    default:
      unreachable(message);
  }
}

/** R23: the first one counts; a second, different one is evidence and bars Finalize in the view. */
function onProposal(state: State, proposal: Proposal): void {
  if (proposal.view <= state.floor.view) return;
  const round = roundOf(state, proposal.view);
  if (round.proposal === undefined) {
    round.proposal = proposal;
  } else if (!sameStatement(round.proposal, proposal)) {
    round.equivocated = true;
    accuse(state, round, round.proposal, proposal);
  }
}

/** R56 */
function hear(state: State, authority: number, view: number): void {
  state.heard[authority] = Math.max(state.heard[authority] ?? 0, view);
}

function hearAll(state: State, certificate: Certificate): void {
  for (const signer of signersOf(certificate.signers, authorityCount(state)) ?? []) {
    hear(state, signer, certificate.view);
  }
}
