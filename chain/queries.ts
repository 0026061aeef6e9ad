/** What may be asked of a state. Pure reads; who may ask what is the business of the doors (rpc/, tracker/). */
import { equalBytes } from '../core/bytes.ts';
import type { Hash32, InfoHash20, PublicKey32, Tokens } from '../core/scalars.ts';
import * as federation from './federation.ts';
import type { Member } from './member.ts';
import type { Parameters } from './parameters.ts';
import * as records from './records.ts';
import type { StateView } from './state.ts';

export type AccountRecord = records.Account & { readonly key: PublicKey32 };

/** @returns undefined when the key is not registered. */
export function account(view: StateView, key: PublicKey32): AccountRecord | undefined {
  const found = records.account(view, key);
  return found && { key, ...found };
}

export type FileRecord = records.Available & { readonly hash: Hash32; readonly takenDown: boolean };

/** @returns undefined unless the file is, or before a takedown was, available. */
export function file(view: StateView, hash: Hash32): FileRecord | undefined {
  const entry = records.fileEntry(view, hash);
  return entry?.available && { hash, ...entry.available, takenDown: entry.takenDown };
}

/** Has anybody ever announced it? Then it is not unknown, even while it is not available. */
export function isAnnounced(view: StateView, hash: Hash32): boolean {
  return records.fileEntry(view, hash) !== undefined;
}

export type UploadRecord = records.UploadEntry & { readonly hash: Hash32; readonly key: PublicKey32 };

/** What this reader has announced of this file; info hashes as the reader gave them. */
export function upload(view: StateView, hash: Hash32, key: PublicKey32): UploadRecord | undefined {
  const entry = records.uploadEntry(view, hash, key);
  return entry && { hash, key, ...entry };
}

/** Has this key bought this file? */
export function purchase(view: StateView, hash: Hash32, key: PublicKey32): boolean {
  return records.hasPurchase(view, hash, key);
}

/** What a key may do in the swarm of a file. */
export type Right =
  /** Sees peers and is seen. */
  | 'reader'
  /** Only the members' archives see it, and it sees nobody: the bytes are not attested as its. */
  | 'intake'
  /** A library: every file. */
  | 'member'
  | 'none';

/** The one answer that a tracker's gate asks for. A file that was taken down is for members only. */
export function right(view: StateView, key: PublicKey32, hash: Hash32): Right {
  if (federation.isMember(view, key)) return 'member';
  const entry = records.fileEntry(view, hash);
  if (entry === undefined || entry.takenDown) return 'none';
  if (records.hasPurchase(view, hash, key)) return 'reader';
  if (entry.available !== undefined && equalBytes(entry.available.uploader, key)) return 'reader';
  return records.uploadEntry(view, hash, key) === undefined ? 'none' : 'intake';
}

/** In the order in which they joined. */
export function members(view: StateView): readonly Member[] {
  return federation
    .memberKeys(view)
    .map((key) => federation.member(view, key))
    .filter((found) => found !== undefined);
}

/** @returns undefined when the key is not a member. */
export function member(view: StateView, key: PublicKey32): Member | undefined {
  return federation.member(view, key);
}

/** Sorted by bytes: the set that signs the next block. */
export function authorities(view: StateView): readonly PublicKey32[] {
  return federation.authoritySet(view).keys;
}

export function parameters(view: StateView): Parameters {
  return federation.parameters(view);
}

export function isBilling(view: StateView, key: PublicKey32): boolean {
  return federation.hasBilling(view, key);
}

/** Σ balances + Σ locked = genesis + minted − burned, always. */
export function supply(view: StateView): records.Supply & { readonly total: Tokens } {
  const found = records.supply(view);
  return { ...found, total: found.genesis + found.minted - found.burned };
}

export function sale(view: StateView, id: Hash32): records.Sale | undefined {
  return records.sale(view, id);
}

export function proposal(view: StateView, id: Hash32): federation.Proposal | undefined {
  return federation.proposal(view, id);
}

/** Those that wait for approvals; some may have expired since. */
export function openProposals(view: StateView): readonly federation.OpenProposal[] {
  return federation.openProposals(view);
}

/** The last upgrade that was agreed upon, past or to come. */
export function upgrade(view: StateView): federation.Upgrade | undefined {
  return federation.upgrade(view);
}

/** Under which info hashes a swarm of this file may be announced by this key. */
export function infoHashes(view: StateView, hash: Hash32, key: PublicKey32): readonly InfoHash20[] {
  return file(view, hash)?.infoHashes ?? upload(view, hash, key)?.infoHashes ?? [];
}
