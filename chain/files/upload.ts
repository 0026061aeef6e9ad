/**
 * upload: a member says "this key brought me these bytes, and I hold them". It is the member's attestation: nobody
 * is credited for bytes that no library has read, and made-up uploads cost whoever signs them its own good name.
 *
 * A member has one entry a file, and nobody shares it who says anything else: a false one that came first stands beside
 * the true one and not in its way, also when it is made with the signature of the same reader.
 */
import { equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { signingHash } from '../../core/sign.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { account } from '../accounts/account.ts';
import { isMember, parameters } from '../federation/federation.ts';
import {
  fileName,
  hash,
  infoHashes,
  member,
  optional,
  reader,
  seconds,
  signature,
  type Transacted,
  tokens,
} from '../kind/field.ts';
import { checkOf, declareKind, idOf } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { signedText } from '../kind/texts.ts';
import { addToDay, countOfDay } from '../state/day.ts';
import { enqueueDue } from '../state/due.ts';
import { secretSalt } from '../state/salt.ts';
import { attestUpload } from './attest.ts';
import { isStock } from './available.ts';
import { checkFileName } from './file-name.ts';
import { checkFileSize } from './file-size.ts';
import { bringing, fileEntry, pendingUntil, putBringing, saysTheSame } from './files.ts';
import { uploadCaps } from './upload-caps.ts';

const fields = {
  hash,
  size: tokens,
  name: fileName,
  /** All four, computed from the bytes. */
  infoHashes,
  key: reader,
  /** With it the reader has signed size and name as well; without it they are the sponsor's word. */
  expires: optional(seconds),
  signature,
  sponsor: member,
  /** Of the sponsor's word, an hour ahead at most: it is given once. */
  sponsorExpires: seconds,
  sponsorSignature: signature,
};

export type Upload = Transacted<'upload', typeof fields>;

/**
 * @returns reject("file.wrong-name" | "file.empty" | "file.of-64-bytes" | "file.wrong-size" | "member.unknown" |
 * "upload.stock-of-another" | "reader.unknown" | "file.taken-down" | "upload.size-mismatch" | "upload.already-sponsored" | "upload.daily-cap" |
 * "attest.superseded" | "amount.too-much"),
 * ignore("upload.already-known" | "attest.already-known").
 */
const rule: Rule<Upload> = (view, transaction, context) => {
  const { hash, size, name, infoHashes, key, expires, sponsor, sponsorExpires, sponsorSignature } =
    transaction;
  const named = checkFileName(name);
  if (named.kind !== 'accept') return named;
  const sized = checkFileSize(size, BigInt(parameters(view).fileBytesMax));
  if (sized.kind !== 'accept') return sized;
  if (!isMember(view, sponsor)) return reject('member.unknown');
  const stock = isStock(transaction);
  if (!stock && isMember(view, key)) return reject('upload.stock-of-another');
  if (!stock && account(view, key) === undefined) return reject('reader.unknown');
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
  const counters = stock ? [] : Object.values(uploadCaps(view, key, sponsor));
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

export const upload = declareKind({
  kind: 'upload',
  since: 1,
  fields,
  signer: 'key',
  events: ['uploaded', 'attested', 'available'],
  words,
  others: (chain, one) => [checkOf(one.sponsor, sponsorTextOf(chain, one), one.sponsorSignature)],
  once: (chain, one) => ({ hash: signingHash(sponsorTextOf(chain, one)), expires: one.sponsorExpires }),
  expiresAheadMax: limits.uploadLifeMs,
  rule,
});

/** What the reader signs. Size and name stand in it only when it has an expiry. */
type Said = Pick<Upload, 'hash' | 'size' | 'name' | 'key' | 'expires'>;

function words({ hash: of, size, name, key, expires }: Said): readonly string[] {
  const [file, owner] = [hash.words(of), reader.words(key)];
  if (expires === undefined) return [...file, ...owner];
  return [...file, ...tokens.words(size), ...fileName.words(name), ...owner, ...seconds.words(expires)];
}

/** The reader's half, before there is a sponsor. @param chain - the chain id, 64 hex characters. */
export function uploadTextOf(chain: string, said: Said): string {
  return signedText(chain, 'upload', ...words(said));
}

/** The hash of an upload without the sponsor's own signature. @returns 32 bytes. */
export function sponsoredHash(unsigned: Omit<Upload, 'sponsorSignature'>): Hash32 {
  const { sponsorSignature: _, ...sponsored } = fields;
  return idOf({ kind: 'upload', fields: sponsored }, unsigned);
}

/** What the sponsor signs. @param chain - the chain id, 64 hex characters. */
export function sponsorTextOf(chain: string, unsigned: Omit<Upload, 'sponsorSignature'>): string {
  return signedText(chain, 'sponsor', toHex(sponsoredHash(unsigned)));
}
