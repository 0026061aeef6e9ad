/**
 * What may be asked of a state. Pure reads; who may ask what is the business of the doors (rpc/, tracker/). What has an
 * end is asked for at a time, of the next block for those who look ahead: what is over then is absent here, as it is for
 * the rules, though it may not have left the state yet.
 */
import { equalBytes } from '../core/bytes.ts';
import type { Hash32, Height, InfoHash20, PublicKey32, Tokens, UnixMs } from '../core/scalars.ts';
import * as records from './accounts/account.ts';
import * as cards from './accounts/card-entry.ts';
import * as supplies from './accounts/supply.ts';
import * as federation from './federation/federation.ts';
import type { Member } from './federation/member.ts';
import type { Parameters } from './federation/parameters.ts';
import * as upgrades from './federation/upgrade.ts';
import * as files from './files/files.ts';
import * as mintings from './files/minting.ts';
import { hasPurchase } from './files/purchase.ts';
import { openProposalsAt, proposalAt } from './governance/proposal.ts';
import { saleAt } from './money/sale.ts';
import { countOfDay, dayOf, periodOf } from './state/day.ts';
import { registrationsOfDayKey } from './state/keys.ts';
import type { StateView } from './state/state.ts';

export type AccountRecord = records.Account & { readonly key: PublicKey32 };

/** @returns undefined when the key is not registered. */
export function account(view: StateView, key: PublicKey32): AccountRecord | undefined {
  const found = records.account(view, key);
  return found && { key, ...found };
}

export type FileRecord = files.Available & { readonly hash: Hash32; readonly takenDown: boolean };

/** @returns undefined unless the file is, or before a takedown was, available. */
export function file(view: StateView, hash: Hash32): FileRecord | undefined {
  const entry = files.fileEntry(view, hash);
  return entry?.available && { hash, ...entry.available, takenDown: entry.takenDown };
}

/** Has it been taken down, be it available or not? */
export function isTakenDown(view: StateView, hash: Hash32): boolean {
  return files.fileEntry(view, hash)?.takenDown ?? false;
}

/** Is it available, or taken down, or does anybody bring it at this time? */
export function isKnown(view: StateView, hash: Hash32, time: UnixMs): boolean {
  return files.fileEntry(view, hash) !== undefined || pendingUploads(view, hash, time).length > 0;
}

/** Who was credited for the available file. */
export function uploaderOf(view: StateView, hash: Hash32): PublicKey32 | undefined {
  return files.uploaderOf(view, hash);
}

/** Of a file that is not available, the earliest first. */
export function pendingUploads(view: StateView, hash: Hash32, time: UnixMs): readonly files.PendingUpload[] {
  return files.bringing(view, hash, time).pending;
}

/** The last moment at which an upload of then is pending. */
export const pendingUntil = files.pendingUntil;

/** The earliest of this reader; several members may have sponsored different ones. */
export function pendingUpload(
  view: StateView,
  hash: Hash32,
  key: PublicKey32,
  time: UnixMs,
): files.PendingUpload | undefined {
  return pendingUploads(view, hash, time).find((one) => equalBytes(one.key, key));
}

/** That which this member has attested last, be it its own or another's. */
export function attestedUpload(
  view: StateView,
  hash: Hash32,
  node: PublicKey32,
  time: UnixMs,
): files.PendingUpload | undefined {
  const said = attestation(view, hash, node, time);
  return said && pendingUploads(view, hash, time).find((one) => equalBytes(one.sponsor, said.sponsor));
}

/** What this member has said last of a file that is not available. */
export function attestation(
  view: StateView,
  hash: Hash32,
  node: PublicKey32,
  time: UnixMs,
): files.Attestation | undefined {
  return files.bringing(view, hash, time).attestations.find((one) => equalBytes(one.node, node));
}

/**
 * That which this member has attested, if it has enough attestations and is still pending: fewer are asked for than when
 * they came, or one of their libraries is a member again. One attestation more settles it, a repeat too.
 */
export function unsettledUpload(
  view: StateView,
  hash: Hash32,
  node: PublicKey32,
  time: UnixMs,
): files.PendingUpload | undefined {
  const { pending, attestations } = files.bringing(view, hash, time);
  const said = attestations.find((one) => equalBytes(one.node, node));
  const upload = said && pending.find((one) => equalBytes(one.sponsor, said.sponsor));
  if (upload === undefined) return undefined;
  const equal = attestations.filter((one) => equalBytes(one.sponsor, upload.sponsor));
  const count = equal.filter((one) => federation.isMember(view, one.node)).length;
  return count >= federation.parameters(view).attestations ? upload : undefined;
}

/** Has this key bought this file? */
export function purchase(view: StateView, hash: Hash32, key: PublicKey32): boolean {
  return hasPurchase(view, hash, key);
}

/** What the ledger says that a key may do in the swarm of a file. */
export type Right =
  /** Sees peers and is seen. */
  | 'reader'
  /** A library: every file. */
  | 'member'
  | 'none';

/** The one answer that a tracker's gate asks for. A file that was taken down is for members only. */
export function right(view: StateView, key: PublicKey32, hash: Hash32): Right {
  if (federation.isMember(view, key)) return 'member';
  const entry = files.fileEntry(view, hash);
  // What was reset is nobody's until the true file has come.
  if (entry?.available === undefined || entry.takenDown) return 'none';
  if (hasPurchase(view, hash, key)) return 'reader';
  const uploader = uploaderOf(view, hash);
  return uploader !== undefined && equalBytes(uploader, key) ? 'reader' : 'none';
}

export function isMember(view: StateView, key: PublicKey32): boolean {
  return federation.isMember(view, key);
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

/** What a member may register in the day of this time, and how much of it it has. */
export function registrationsOfDay(
  view: StateView,
  key: PublicKey32,
  time: UnixMs,
): { used: number; most: number } {
  const used = Number(countOfDay(view, registrationsOfDayKey(key), time));
  return { used, most: parameters(view).registrationsPerNodePerDay };
}

export function parameters(view: StateView): Parameters {
  return federation.parameters(view);
}

export function isBilling(view: StateView, key: PublicKey32): boolean {
  return federation.hasBilling(view, key);
}

/** Its terms and their total (chain/accounts/supply.ts), and what was read on cards. */
export function supply(view: StateView): Omit<supplies.Supply, 'salt'> & { readonly total: Tokens } {
  const { salt: _, ...terms } = supplies.supply(view);
  return { ...terms, total: supplies.totalOf(terms) };
}

/** What an available file has minted for its uploader, and may yet mint. */
export const minting = mintings.minting;

/** The card of a key, with its credit of the day. @returns undefined unless it has one that is in force. */
export function card(view: StateView, key: PublicKey32, time: UnixMs): Omit<cards.Card, 'day'> | undefined {
  const found = cards.cardInForce(view, key, dayOf(time));
  if (found === undefined) return undefined;
  const { day: _, ...card } = found;
  return card;
}

/** What a member has lent, by the periods in which it ends. */
export function lentBy(view: StateView, node: PublicKey32, time: UnixMs): cards.Lent {
  return cards.lentBy(view, node, periodOf(dayOf(time)));
}

/** Open, or closed and not yet over. */
export const sale = saleAt;

/** Open or applied, of this epoch, and not yet over. */
export const proposal = proposalAt;

/** Those that wait for approvals. */
export const openProposals = openProposalsAt;

/** The last upgrade that was agreed upon, past or to come. */
export function upgrade(view: StateView): upgrades.Upgrade | undefined {
  return upgrades.upgrade(view);
}

/** Those who vote and have said in a recent block that they know the rules of this version. @param height - of the last block. */
export function readyFor(view: StateView, version: number, height: Height): readonly PublicKey32[] {
  return upgrades.readyFor(view, version, height);
}

/** Who has said in a block that it knows newer rules than it follows. */
export function signals(view: StateView): readonly upgrades.Signal[] {
  return upgrades.signals(view);
}

/** Under which a swarm of this file may be announced: by anybody with a right when it is available, else by members. */
export function infoHashes(view: StateView, hash: Hash32, time: UnixMs): readonly InfoHash20[] {
  const available = file(view, hash);
  return available?.infoHashes ?? pendingUploads(view, hash, time).flatMap((one) => one.infoHashes);
}
