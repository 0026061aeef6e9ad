/**
 * upload: a reader announces a file, a member answers for it. Entries are per (hash, reader), so that nobody can
 * occupy another's upload. Credits nothing by itself, unless the federation asks for no attestation.
 */
import { TOKENS_MAX } from '../../core/scalars.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { makeAvailable } from '../credit.ts';
import { isMember, parameters } from '../federation.ts';
import { checkFileName } from '../file-name.ts';
import { account, fileEntry, putFileEntry, putUploadEntry, uploadEntry } from '../records.ts';
import type { Change, Rule } from '../rule.ts';
import type { Upload } from '../transaction.ts';

/**
 * @returns reject("file.wrong-name" | "file.wrong-size" | "member.unknown" | "reader.unknown" | "file.taken-down" |
 * "upload.size-mismatch" | "amount.too-much"), ignore("upload.already-known").
 */
export const upload: Rule<Upload> = (view, transaction, context) => {
  const { hash, size, name, infoHashes, key, sponsor } = transaction;
  const named = checkFileName(name);
  if (named.kind !== 'accept') return named;
  if (size < 1n || size > TOKENS_MAX) return reject('file.wrong-size');
  if (!isMember(view, sponsor)) return reject('member.unknown');
  if (account(view, key) === undefined) return reject('reader.unknown');
  const file = fileEntry(view, hash);
  if (file?.takenDown) return reject('file.taken-down');
  const known = uploadEntry(view, hash, key);
  const knownSize = file?.available?.size ?? known?.size;
  if (knownSize !== undefined && knownSize !== size) return reject('upload.size-mismatch');
  if (known !== undefined) return ignore('upload.already-known');

  const announce: Change = (draft) => {
    putUploadEntry(draft, hash, key, { size, name, infoHashes, sponsor, attestations: [] });
    if (file === undefined) putFileEntry(draft, hash, { takenDown: false, available: undefined });
    return [{ kind: 'uploaded', hash, key, name, size, sponsor }];
  };
  if (file?.available !== undefined || parameters(view).attestations > 0) return accept(announce);
  const available = makeAvailable(view, hash, { size, name, infoHashes, uploader: key }, context);
  if (available.kind !== 'accept') return available;
  return accept((draft) => [...announce(draft), ...available.value(draft)]);
};
