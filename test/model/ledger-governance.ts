/** propose, approve, and what each action does, as docs/ledger.md has them. */
import { encode, idOf, seatTextOf, sha256 } from './ledger-encoding.ts';
import { type hasSigned, isAcceptableKey } from './ledger-keys.ts';
import type { Block, File, Proposal, State } from './ledger-state.ts';
import { ACCEPT, type Action, ignore, type Once, reject, type Seat, type Verdict } from './ledger-types.ts';

export type Propose = Once & { readonly kind: 'propose'; readonly action: Action; readonly proposer: string };
export type Approve = {
  readonly kind: 'approve';
  readonly proposal: string;
  readonly authority: string;
  readonly signature: string;
};

export const GOVERNANCE = {
  propose: {
    words: ({ action, proposer, nonce, expires }: Propose) => [
      sha256(encode(action)),
      proposer,
      nonce,
      expires,
    ],
    judge: propose,
  },
  approve: {
    words: ({ proposal, authority }: Approve) => [proposal, authority],
    judge: approve,
  },
};

const OPEN_MAX = 100;
const OPEN_PER_AUTHORITY_MAX = 8;
const MEMBERS_MAX = 300;

function propose(state: State, tx: Propose, block: Block): Verdict {
  const { action, proposer } = tx;
  if (!state.authorities.includes(proposer)) return reject('role.missing');
  const open = [...state.proposals.values()].filter(({ applied }) => applied === undefined);
  const own = open.filter((other) => other.proposer === proposer);
  if (open.length >= OPEN_MAX || own.length >= OPEN_PER_AUTHORITY_MAX) return reject('proposal.too-many');
  const proposal: Proposal = {
    action,
    proposer,
    epoch: presentEpoch(block),
    time: block.time,
    approvals: [],
    applied: undefined,
  };
  return decide(state, idOf(tx), proposal, proposer, block);
}

function approve(state: State, { proposal: id, authority }: Approve, block: Block): Verdict {
  const proposal = state.proposals.get(id);
  if (proposal === undefined) return reject('proposal.unknown');
  if (!state.authorities.includes(authority)) return reject('role.missing');
  if (proposal.approvals.includes(authority)) return ignore('proposal.already-approved');
  if (proposal.applied !== undefined) return reject('proposal.closed');
  return decide(state, id, proposal, authority, block);
}

/** Of whoever comes after a change of the authorities in the same block, too. */
function presentEpoch({ epoch, sealed }: Block): number {
  return sealed ? epoch + 1 : epoch;
}

/** The approval comes to the others; with a quorum the action is done. */
function decide(state: State, id: string, proposal: Proposal, authority: string, block: Block): Verdict {
  const approvals = proposal.approvals.length + 1;
  const count = state.authorities.length;
  const quorum = count - Math.floor((count - 1) / 3);
  if (approvals >= quorum && !fits(state, proposal.action, block)) return reject('proposal.not-applicable');
  proposal.approvals.push(authority);
  state.proposals.set(id, proposal);
  if (approvals >= quorum) {
    proposal.applied = block.height;
    block.decided.push(proposal.action.kind);
    perform(state, proposal.action, block);
  }
  return ACCEPT;
}

/** Can the action be applied to the present state? */
function fits(state: State, action: Action, block: Block): boolean {
  switch (action.kind) {
    case 'add-member': {
      const { key } = action.member;
      return !state.members.has(key) && state.members.size < MEMBERS_MAX && isAcceptableKey(key);
    }
    case 'update-member':
      return state.members.has(action.member.key);
    case 'remove-member': {
      const enough = state.members.size - 1 >= state.parameters.attestations;
      return state.members.has(action.key) && !state.authorities.includes(action.key) && enough;
    }
    case 'set-authorities':
      return fitsAuthorities(state, action.keys, action.seats, block);
    case 'grant-role':
      return !state.billing.has(action.key) && state.accounts.has(action.key);
    case 'revoke-role':
      return state.billing.has(action.key) && state.accounts.has(action.key);
    case 'set-parameters':
      return action.parameters.attestations <= state.members.size;
    case 'take-down':
      return isKnown(state, action.hash) && !state.takenDown.has(action.hash);
    case 'restore':
      return state.takenDown.has(action.hash);
    case 'reset-file':
      return state.files.has(action.hash);
    case 'upgrade': {
      if (action.version === block.version) return action.height > block.height;
      const notice = state.parameters.upgradeNoticeBlocks;
      return action.version === block.version + 1 && action.height >= block.height + notice;
    }
  }
}

function fitsAuthorities(
  state: State,
  keys: readonly string[],
  seats: readonly Seat[],
  block: Block,
): boolean {
  if (block.sealed) return false;
  if (!keys.every((key) => state.members.has(key))) return false;
  if (keys.length === state.authorities.length && keys.every((key) => state.authorities.includes(key))) {
    return false;
  }
  const newcomers = keys.filter((key) => !state.authorities.includes(key));
  if (seats.length !== newcomers.length) return false;
  return newcomers.every((key) => seats.some((seat) => seat.key === key && isOpen(seat, block)));
}

function isOpen({ epoch, expires }: Seat, block: Block): boolean {
  return epoch === block.epoch && block.time <= expires * 1_000;
}

/** Has everybody who is to take a seat signed for it? Without that it is no transaction, whoever has approved. */
export function areSeatsSigned(chain: string, { action }: Propose, verify: typeof hasSigned): boolean {
  if (action.kind !== 'set-authorities') return true;
  return action.seats.every(({ key, epoch, expires, signature }) =>
    verify(key, seatTextOf(chain, key, epoch, expires), signature),
  );
}

function isKnown(state: State, hash: string): boolean {
  return state.files.has(hash) || state.pending.has(hash) || state.takenDown.has(hash);
}

function perform(state: State, action: Action, block: Block): void {
  switch (action.kind) {
    case 'add-member':
    case 'update-member':
      state.members.set(action.member.key, action.member); // a new one comes last
      return;
    case 'remove-member':
      state.members.delete(action.key);
      return;
    case 'set-authorities':
      state.authorities = [...action.keys].sort();
      block.sealed = true;
      state.proposals.clear();
      return;
    case 'grant-role':
      state.billing.add(action.key);
      return;
    case 'revoke-role':
      state.billing.delete(action.key);
      return;
    case 'set-parameters':
      state.parameters = action.parameters;
      return;
    case 'take-down':
      state.takenDown.add(action.hash);
      mintNoMore(state, action.hash);
      return;
    case 'restore':
      state.takenDown.delete(action.hash);
      return;
    case 'reset-file': {
      if (!state.files.get(action.hash)!.stock) takeBack(state, state.files.get(action.hash)!);
      state.files.delete(action.hash);
      state.attestations.delete(action.hash);
      state.takenDown.delete(action.hash);
      return;
    }
    case 'upgrade':
      state.upgrade = { height: action.height, version: action.version };
      return;
  }
}

/** A file that is taken down mints no more, whatever comes later. */
function mintNoMore(state: State, hash: string): void {
  const file = state.files.get(hash);
  if (file === undefined || file.mayYet === 0n) return;
  state.accounts.get(file.uploader)!.pending -= file.mayYet;
  file.mayYet = 0n;
}

/** What a false entry has brought its uploader, as far as it is still there. */
function takeBack(state: State, { uploader, size, minted, mayYet }: File): void {
  const account = state.accounts.get(uploader)!;
  const taken = account.tokens < minted ? account.tokens : minted;
  account.tokens -= taken;
  account.uploaded -= size;
  account.pending -= mayYet;
  state.supply.minted -= taken;
}
