/** The moment when a file becomes available and its uploader is credited, and its undoing. */
import { assert } from '../../core/assert.ts';
import { type Hash32, TOKENS_MAX } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { account as accountOf, putAccount } from '../accounts/account.ts';
import { checkRoom } from '../accounts/pay.ts';
import { putSupply, supply as supplyOf } from '../accounts/supply.ts';
import type { Change, RuleContext } from '../kind/rule.ts';
import type { StateView } from '../state/state.ts';
import {
  type Attestation,
  type Bringing,
  fileEntry,
  type PendingUpload,
  putBringing,
  putFileEntry,
  uploaderOf,
} from './files.ts';

/** A pending upload that has enough attestations. */
type Attested = Pick<PendingUpload, 'key' | 'size' | 'name' | 'infoHashes' | 'nameSigned'> & {
  /** Of the entry that says who brings it. */
  readonly salt: Bringing['salt'];
  /** Those that say so. */
  readonly attestations: readonly Attestation[];
};

/**
 * Makes a file available for ever and mints its size for the uploader: the only place that mints. The caller has
 * made sure that the file is not available yet, so that it happens once for every hash.
 * @returns reject("reader.unknown" | "amount.too-much").
 */
export function makeAvailable(
  view: StateView,
  hash: Hash32,
  { key, size, name, nameSigned, infoHashes, salt, attestations }: Attested,
  { height }: RuleContext,
): Verdict<Change> {
  const account = accountOf(view, key);
  if (account === undefined) return reject('reader.unknown');
  const room = checkRoom(account, size);
  if (room.kind !== 'accept') return room;
  const supply = supplyOf(view);
  if (supply.minted + size > TOKENS_MAX) return reject('amount.too-much');
  return accept((draft) => {
    assert(fileEntry(draft, hash)?.available === undefined, 'a file becomes available once');
    const available = { size, name, infoHashes, nameSigned, height };
    putFileEntry(draft, hash, { takenDown: false, available });
    putBringing(draft, hash, { salt, uploader: key, pending: [], attestations });
    putAccount(draft, key, {
      ...account,
      tokens: account.tokens + size,
      uploaded: account.uploaded + size,
    });
    putSupply(draft, { ...supply, minted: supply.minted + size, salt: supply.salt ?? salt });
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
  const uploader = uploaderOf(view, hash);
  const account = uploader && accountOf(view, uploader);
  if (available === undefined || uploader === undefined || account === undefined) return undefined;
  const { size } = available;
  const taken = account.tokens < size ? account.tokens : size;
  return (draft) => {
    const supply = supplyOf(draft);
    putSupply(draft, { ...supply, minted: supply.minted - taken });
    putAccount(draft, uploader, {
      ...account,
      tokens: account.tokens - taken,
      uploaded: account.uploaded - size,
    });
    putFileEntry(draft, hash, { takenDown: false, available: undefined });
    putBringing(draft, hash, { salt: undefined, uploader: undefined, pending: [], attestations: [] });
    return [{ kind: 'reset', hash, taken }];
  };
}
