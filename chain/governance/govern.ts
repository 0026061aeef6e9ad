/**
 * When a proposal is applied, and what each action does. Valid once a quorum of the authorities approves, all of whom
 * were authorities when it was made (chain/governance/proposal.ts); a change that does not fit the present state is refused, never half done.
 */
import { unreachable } from '../../core/assert.ts';
import { equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';
import { isAcceptableKey } from '../../core/sign.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { account } from '../accounts/account.ts';
import * as federation from '../federation/federation.ts';
import { putUpgrade } from '../federation/upgrade.ts';
import { resetFile } from '../files/available.ts';
import { bringing, fileEntry, putFileEntry } from '../files/files.ts';
import { forfeit } from '../files/minting.ts';
import type { EventKind } from '../kind/event.ts';
import type { Change, RuleContext } from '../kind/rule.ts';
import type { StateView } from '../state/state.ts';
import { type Action, isActionOf } from './action.ts';
import { closeProposal, deleteProposal, type Proposal, putProposal, voidOpenProposals } from './proposal.ts';

/** What the actions tell, all together. */
export const ACTION_EVENTS = [
  'taken-down',
  'restored',
  'reset',
  'members-changed',
  'authorities-changed',
  'roles-changed',
  'parameters-changed',
  'upgrade-scheduled',
] as const satisfies readonly EventKind[];

/** Applies the proposal if its approvals suffice. @returns reject("proposal.not-applicable"), or what is to be done. */
export function decide(
  view: StateView,
  id: Hash32,
  proposal: Proposal,
  context: RuleContext,
): Verdict<Change> {
  if (!hasQuorum(view, proposal.approvals)) return accept(() => []);
  const action = checkAction(view, proposal.action, context);
  if (action.kind !== 'accept') return action;
  return accept((draft) => {
    closeProposal(draft, id);
    putProposal(draft, id, { ...proposal, applied: context.height });
    // An election ends the epoch, and itself with all the others.
    if (proposal.action.kind === 'set-authorities') deleteProposal(draft, id);
    return [...action.value(draft), { kind: 'applied', proposal: id }];
  });
}

/** Do these keys, authorities all of them, make a quorum? */
function hasQuorum(view: StateView, approvals: readonly PublicKey32[]): boolean {
  const { keys } = federation.authoritySet(view);
  return approvals.length >= federation.quorumOf(keys.length);
}

function checkAction(view: StateView, action: Action, context: RuleContext): Verdict<Change> {
  // It may have been proposed before an upgrade.
  if (!isActionOf(action, context.version)) return refuse('the rules of now know no such action');
  switch (action.kind) {
    case 'add-member':
    case 'update-member':
    case 'remove-member':
      return checkMembers(view, action);
    case 'set-authorities':
      return checkAuthorities(view, action, context);
    case 'grant-role':
    case 'revoke-role': {
      const granted = action.kind === 'grant-role';
      if (federation.hasBilling(view, action.key) === granted) return refuse('nothing would change');
      if (account(view, action.key) === undefined) return refuse('the key is not registered');
      return accept((draft) => {
        federation.putBilling(draft, action.key, granted);
        return [{ kind: 'roles-changed' }];
      });
    }
    case 'set-parameters':
      if (action.parameters.attestations > federation.memberKeys(view).length) {
        return refuse('there are not so many libraries to attest a file');
      }
      return accept((draft) => {
        federation.putParameters(draft, action.parameters);
        return [{ kind: 'parameters-changed' }];
      });
    case 'take-down':
    case 'restore': {
      const takenDown = action.kind === 'take-down';
      const file = fileEntry(view, action.hash);
      const isPending = bringing(view, action.hash, context.time).pending.length > 0;
      if (file === undefined && !isPending) return refuse('nobody has brought the file');
      if ((file?.takenDown ?? false) === takenDown) return refuse('nothing would change');
      return accept((draft) => {
        putFileEntry(draft, action.hash, { available: file?.available, takenDown });
        if (takenDown) forfeit(draft, action.hash);
        return [{ kind: takenDown ? 'taken-down' : 'restored', hash: action.hash }];
      });
    }
    case 'reset-file': {
      const reset = resetFile(view, action.hash);
      return reset === undefined ? refuse('the file is not available') : accept(reset);
    }
    case 'upgrade': {
      const { height, version } = action;
      const notice = version > context.version ? federation.parameters(view).upgradeNoticeBlocks : 1;
      if (height < context.height + notice) return refuse(`it must be at least ${notice} blocks ahead`);
      if (version < context.version) return refuse('these rules are older than those of now');
      // A typing mistake would stop the chain at a block for which nobody will ever have the rules.
      if (version > context.version + 1) return refuse('versions follow one another');
      return accept((draft) => {
        putUpgrade(draft, { height, version });
        return [{ kind: 'upgrade-scheduled', height, version }];
      });
    }
    default:
      return unreachable(action);
  }
}

function checkMembers(
  view: StateView,
  action: Extract<Action, { kind: 'add-member' | 'update-member' | 'remove-member' }>,
): Verdict<Change> {
  const key = action.kind === 'remove-member' ? action.key : action.member.key;
  const members = federation.memberKeys(view);
  const known = federation.isMember(view, key);
  if (action.kind === 'add-member') {
    if (known) return refuse('it is a member already');
    if (members.length >= limits.membersMax) return refuse('there are too many members');
    if (!isAcceptableKey(key)) return refuse('the key is not acceptable');
  } else {
    if (!known) return refuse('it is not a member');
    if (action.kind === 'remove-member') {
      if (federation.isAuthority(view, key)) return refuse('it is an authority');
      if (federation.parameters(view).attestations >= members.length) {
        return refuse('too few libraries would be left to attest a file: lower attestations first');
      }
    }
  }
  return accept((draft) => {
    if (action.kind === 'add-member') federation.putMemberKeys(draft, [...members, key]);
    if (action.kind === 'remove-member') {
      federation.putMemberKeys(
        draft,
        members.filter((other) => !equalBytes(other, key)),
      );
      federation.deleteMember(draft, key);
    } else {
      federation.putMember(draft, action.member);
    }
    return [{ kind: 'members-changed' }];
  });
}

/** The block that changes the set seals the epoch: one change a block. */
function checkAuthorities(
  view: StateView,
  { keys, seats }: Extract<Action, { kind: 'set-authorities' }>,
  context: RuleContext,
): Verdict<Change> {
  const { height, time } = context;
  const current = federation.authoritySet(view);
  if (current.since === height) return refuse('this block has changed the authorities already');
  if (!keys.every((key) => federation.isMember(view, key))) return refuse('an authority must be a member');
  const same = keys.length === current.keys.length && keys.every((key) => includes(current.keys, key));
  if (same) return refuse('nothing would change');
  const newKeys = keys.filter((key) => !includes(current.keys, key));
  const seated = seats.map(({ key }) => key);
  if (!newKeys.every((key) => includes(seated, key))) return refuse('a new authority has not taken its seat');
  if (seats.length > newKeys.length) return refuse('a seat for nobody who is to come');
  if (seats.some(({ epoch }) => epoch !== context.epoch)) return refuse('a seat of another epoch');
  if (seats.some(({ expires }) => time > expires * 1_000)) return refuse('a seat has expired');
  return accept((draft) => {
    voidOpenProposals(draft);
    federation.putAuthorities(draft, { keys, since: height });
    return [{ kind: 'authorities-changed' }];
  });
}

function includes(keys: readonly PublicKey32[], key: PublicKey32): boolean {
  return keys.some((other) => equalBytes(other, key));
}

function refuse(reason: string): Verdict<Change> {
  return reject('proposal.not-applicable', reason);
}
