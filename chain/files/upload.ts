/**
 * upload: a member says "this key brought me these bytes, and I hold them". It is the member's attestation: nobody
 * is credited for bytes that no library has read, and made-up uploads cost whoever signs them its own good name.
 *
 * A member has one entry a file, and nobody shares it who says anything else: a false one that came first stands beside
 * the true one and not in its way, also when it is made with the signature of the same reader.
 */
import { equalBytes } from '../../core/bytes.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { account } from '../accounts/account.ts';
import { isMember, parameters } from '../federation/federation.ts';
import type { Rule } from '../kind/rule.ts';
import { addToDay, countOfDay } from '../state/day.ts';
import { enqueueDue } from '../state/due.ts';
import { secretSalt } from '../state/salt.ts';
import type { Upload } from '../transaction/transaction.ts';
import { attestUpload } from './attest.ts';
import { checkFileName } from './file-name.ts';
import { checkFileSize } from './file-size.ts';
import { bringing, fileEntry, pendingUntil, putBringing, saysTheSame } from './files.ts';
import { uploadCaps } from './upload-caps.ts';

/**
 * @returns reject("file.wrong-name" | "file.empty" | "file.of-64-bytes" | "file.wrong-size" | "member.unknown" |
 * "reader.unknown" | "file.taken-down" | "upload.size-mismatch" | "upload.already-sponsored" | "upload.daily-cap" |
 * "attest.superseded" | "amount.too-much"),
 * ignore("upload.already-known" | "attest.already-known").
 */
export const upload: Rule<Upload> = (view, transaction, context) => {
  const { hash, size, name, infoHashes, key, expires, sponsor, sponsorExpires, sponsorSignature } =
    transaction;
  const named = checkFileName(name);
  if (named.kind !== 'accept') return named;
  const sized = checkFileSize(size, BigInt(parameters(view).fileBytesMax));
  if (sized.kind !== 'accept') return sized;
  if (!isMember(view, sponsor)) return reject('member.unknown');
  if (account(view, key) === undefined) return reject('reader.unknown');
  const file = fileEntry(view, hash);
  if (file?.takenDown) return reject('file.taken-down');
  if (file?.available !== undefined) {
    return file.available.size === size ? ignore('upload.already-known') : reject('upload.size-mismatch');
  }
  const known = bringing(view, hash, context.time);
  const same = known.pending.find((one) => saysTheSame(one, transaction));
  const word = { hash, node: sponsor, expires: sponsorExpires };
  if (same !== undefined) return attestUpload(view, { ...word, known, upload: same }, context);
  if (known.pending.some((one) => equalBytes(one.sponsor, sponsor))) {
    return reject('upload.already-sponsored');
  }
  const counters = Object.values(uploadCaps(view, key, sponsor));
  if (counters.some(({ counter, cap }) => countOfDay(view, counter, context.time) + size > cap)) {
    return reject('upload.daily-cap');
  }
  const nameSigned = expires !== undefined;
  const fresh = { key, size, name, infoHashes, sponsor, nameSigned, since: context.time };
  const salt = known.salt ?? secretSalt(sponsorSignature);
  const pending = { ...known, salt, pending: [...known.pending, fresh] };
  const attested = attestUpload(view, { ...word, known: pending, upload: fresh }, context);
  if (attested.kind !== 'accept') return attested;
  return accept((draft) => {
    for (const { counter } of counters) addToDay(draft, counter, context.time, size);
    putBringing(draft, hash, pending);
    const events = attested.value(draft);
    const isPending = fileEntry(draft, hash)?.available === undefined;
    if (isPending) enqueueDue(draft, 'pendingUploads', pendingUntil(context.time), hash);
    return [{ kind: 'uploaded', hash, key, name, size, sponsor }, ...events];
  });
};
