/**
 * After every input: the rules that hold whenever their condition holds, tried until none of them has
 * anything left to say. They are written as conditions on the state, not as reactions to a message, so that it
 * does not matter in which order things arrive. It ends: each round signs or certifies something new.
 */
import { equalBytes } from '../core/bytes.ts';
import { isPending } from './activity.ts';
import { ask } from './ask.ts';
import { refKey } from './block-ref.ts';
import { learn, validate } from './learn.ts';
import { onMessage } from './on-message.ts';
import { chooseParent, judge } from './parents.ts';
import { faultyMax } from './quorum.ts';
import { finalize, notarize, notarizeAgain, nullify, propose } from './signer.ts';
import {
  authorityCount,
  isBuilding,
  isVoter,
  leaderOf,
  leads,
  roundOf,
  type State,
  signedIn,
} from './state.ts';
import { sameStatement } from './statements.ts';

export function toFixpoint(state: State): void {
  do {
    for (let own = state.inbox.shift(); own !== undefined; own = state.inbox.shift()) {
      onMessage(state, own, undefined);
    }
    if (!isVoter(state)) continue;
    lead(state);
    endorse(state);
    repeat(state);
    surrender(state);
    conclude(state);
    learn(state);
  } while (state.inbox.length > 0);
}

/** R3 … R6: the leader of the present view builds and proposes when a block is due, once. */
function lead(state: State): void {
  const { view, workDue } = state;
  const signed = signedIn(state, view);
  if (!leads(state) || signed.notarize !== undefined || signed.nullify !== undefined) return;
  if (view <= state.fence || !(workDue || isPending(state))) return;
  const parent = chooseParent(state);
  if ('kind' in parent) {
    if (parent.kind === 'gap') ask(state, undefined, parent); // R4
    return;
  }
  const lingered = state.lingered === view && isPending(state);
  if (parent.seals) {
    if (lingered) propose(state, parent.view, parent.block!); // R6: the very same block again
  } else if (!isBuilding(state) && (workDue || lingered)) {
    state.building = { parentView: parent.view, hash: parent.hash, declined: false };
    const { hash, height } = parent;
    state.effects.push({ kind: 'build', view, parent: { hash, height: height! }, evenEmpty: lingered }); // R5
  }
}

/** R12 … R18: the first proposal of the present view's leader. */
function endorse(state: State): void {
  const round = roundOf(state, state.view);
  const { proposal } = round;
  const signed = signedIn(state, state.view);
  if (proposal === undefined || round.standing === 'refused') return;
  if (signed.notarize !== undefined || signed.nullify !== undefined) return;
  const judged = judge(state, proposal);
  if (judged.kind === 'gap') {
    ask(state, proposal.signer, judged); // R13
    return;
  }
  if (judged.kind === 'wrong') {
    round.standing = 'refused';
    return;
  }
  round.standing = 'fits'; // R17: the leader did its part in time
  if (judged.kind === 'wait') return;
  const body = state.bodies.get(refKey(proposal.block));
  if (body === undefined) validate(state, proposal.view, proposal.block);
  else if (body.status === 'invalid') round.standing = 'refused';
  else if (body.status === 'valid') {
    // R18: no verdict on the block, which may be another leader's; only on this proposal of it.
    if (judged.again || body.madeIn === proposal.view) notarize(state, proposal.parentView, proposal.block);
    else round.standing = 'refused';
  }
}

/** R76: a Finalize of the present view can only have come back from others. The Notarize before it follows. */
function repeat(state: State): void {
  const { finalize, notarize } = signedIn(state, state.view);
  if (finalize === undefined || notarize !== undefined) return;
  const votes = [...roundOf(state, state.view).notarize.values()];
  const same = votes.filter(({ block }) => equalBytes(block.hash, finalize.hash));
  const enough = 2 * faultyMax(authorityCount(state)) + 1;
  const vouched = same.find((vote) => same.filter((other) => sameStatement(other, vote)).length >= enough);
  if (vouched !== undefined) notarizeAgain(state, vouched);
}

/** R7 … R9: when the present view is given up. */
function surrender(state: State): void {
  const round = roundOf(state, state.view);
  const joined = round.nullify.size > faultyMax(authorityCount(state)); // R8: one of them is honest
  const resigned = round.nullify.has(leaderOf(state, state.view)); // R9
  if (round.expired || round.standing === 'refused' || joined || resigned) nullify(state); // R7
}

/** R19: Finalize for every notarised block whose body is executed here, however late, in whatever view we are. */
function conclude(state: State): void {
  for (const [view, { block }] of state.notarizations) {
    const executed = state.bodies.get(refKey(block))?.status === 'valid';
    if (executed && !roundOf(state, view).equivocated) finalize(state, view, block.hash);
  }
}
