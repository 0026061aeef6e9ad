/** The moment when a file becomes available and its uploader is credited, and its undoing. */
import { assert } from '../../core/assert.ts';
import { equalBytes } from '../../core/bytes.ts';
import { type Hash32, least, TOKENS_MAX } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { account as accountOf, putAccount } from '../accounts/account.ts';
import { checkRoom } from '../accounts/pay.ts';
import { putSupply, supply as supplyOf } from '../accounts/supply.ts';
import { parameters } from '../federation/federation.ts';
import type { Change, RuleContext } from '../kind/rule.ts';
import type { StateView } from '../state/state.ts';
import {
  type Attestation,
  type Bringing,
  bringing,
  fileEntry,
  type PendingUpload,
  putBringing,
  putFileEntry,
} from './files.ts';
import { deleteMinting, minting, mintingAtFirst, putMinting } from './minting.ts';

/** A pending upload that has enough attestations. */
type Attested = Pick<PendingUpload, 'key' | 'size' | 'name' | 'infoHashes' | 'nameSigned' | 'sponsor'> & {
  /** Of the entry that says who brings it. */
  readonly salt: Bringing['salt'];
  /** Those that say so. */
  readonly attestations: readonly Attestation[];
};

/**
 * Makes a file available for ever and mints for the uploader what is not held back of its size. The caller has made sure
 * that the file is not available yet, so that it happens once for every hash. Stock mints nothing, and needs no account.
 * @returns reject("reader.unknown" | "amount.too-much").
 */
export function makeAvailable(
  view: StateView,
  hash: Hash32,
  upload: Attested,
  { height }: RuleContext,
): Verdict<Change> {
  const { key, size, name, nameSigned, infoHashes, salt, attestations } = upload;
  const stock = isStock(upload);
  const minting = mintingAtFirst(size, parameters(view).vestingPermille, stock);
  const account = stock ? undefined : accountOf(view, key);
  const supply = supplyOf(view);
  if (!stock) {
    if (account === undefined) return reject('reader.unknown');
    const room = checkRoom(account, minting.minted);
    if (room.kind !== 'accept') return room;
    if (supply.minted + minting.minted > TOKENS_MAX || account.uploaded + size > TOKENS_MAX) {
      return reject('amount.too-much');
    }
  }
  return accept((draft) => {
    assert(salt !== undefined, 'an upload has brought the salt');
    assert(fileEntry(draft, hash)?.available === undefined, 'a file becomes available once');
    const available = { size, name, infoHashes, nameSigned, height };
    putFileEntry(draft, hash, { takenDown: false, available });
    putBringing(draft, hash, { salt, uploader: key, pending: [], attestations });
    putMinting(draft, hash, { salt, size, minting });
    if (account !== undefined) {
      putAccount(draft, key, {
        ...account,
        tokens: account.tokens + minting.minted,
        uploaded: account.uploaded + size,
        pending: account.pending + minting.mayYet,
      });
    }
    putSupply(draft, { ...supply, minted: supply.minted + minting.minted, salt: supply.salt ?? salt });
    return [{ kind: 'available', hash, uploader: key, name, size }];
  });
}

/**
 * Takes an entry back that should never have been made: the file is as if nobody had ever brought it. Of what it
 * minted the uploader loses what it has left. Purchases stay: they open the true file when it comes.
 * @returns undefined when the file is not available.
 */
export function resetFile(view: StateView, hash: Hash32): Change | undefined {
  const available = fileEntry(view, hash)?.available;
  const { uploader, salt } = bringing(view, hash, 0);
  const before = minting(view, hash);
  if (available === undefined || before === undefined) return undefined;
  assert(uploader !== undefined && salt !== undefined, 'an available file has an uploader');
  const { size } = available;
  const account = before.stock ? undefined : accountOf(view, uploader);
  const taken = account === undefined ? 0n : least(account.tokens, before.minted);
  return (draft) => {
    const supply = supplyOf(draft);
    putSupply(draft, { ...supply, minted: supply.minted - taken });
    if (account !== undefined) {
      putAccount(draft, uploader, {
        ...account,
        tokens: account.tokens - taken,
        uploaded: account.uploaded - size,
        pending: account.pending - before.mayYet,
      });
    }
    deleteMinting(draft, hash, salt);
    putFileEntry(draft, hash, { takenDown: false, available: undefined });
    putBringing(draft, hash, { salt: undefined, uploader: undefined, pending: [], attestations: [] });
    return [{ kind: 'reset', hash, taken }];
  };
}

/** A library brings what it owns: its upload credits nobody and counts for no cap. */
export function isStock({ key, sponsor }: Pick<PendingUpload, 'key' | 'sponsor'>): boolean {
  return equalBytes(key, sponsor);
}
