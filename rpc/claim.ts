/**
 * A reader's signed request for one file: is it in time, does the key exist, does the signature hold?
 * The texts that are signed are those of chain/kind/; no rule of the ledger stands here.
 */
import { CALLS } from '../api/calls.ts';
import { wantOf } from '../api/want.ts';
import { download } from '../chain/files/download.ts';
import { uploadTextOf } from '../chain/files/upload.ts';
import { signerText } from '../chain/kind/kind.ts';
import { fetchText, historyText, proofText } from '../chain/kind/texts.ts';
import { account } from '../chain/queries.ts';
import { unreachable } from '../core/assert.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, PublicKey32, Signature64, Tokens, UnixMs, UnixSeconds } from '../core/scalars.ts';
import { passesForKey, signingHash } from '../core/sign.ts';
import { accept, type Reject, reject, type Verdict } from '../core/verdict.ts';
import type { RpcContext, RpcPolicy } from './context.ts';
import { hasPaid } from './right.ts';
import type { SignedUpload } from './upload-ports.ts';

/** What one key asks of one file. */
export type Claim = {
  readonly action: 'download' | 'proof' | 'fetch' | 'upload';
  readonly hash: Hash32;
  readonly key: PublicKey32;
  readonly signature: Signature64;
  readonly expires: UnixSeconds | undefined;
};
export type UploadClaim = Claim & SignedUpload & { readonly action: 'upload' };

type ClaimFields = {
  readonly hash: Hash32;
  readonly public_key: PublicKey32;
  readonly signed_hash: Signature64;
  readonly expires?: UnixSeconds | undefined;
};

export function claimOf(action: Exclude<Claim['action'], 'upload'>, fields: ClaimFields): Claim {
  const { hash, public_key: key, signed_hash: signature, expires } = fields;
  return { action, hash, key, signature, expires };
}

/** @returns reject("request.missing-field") when it expires, and does not say what the reader has signed of the file. */
export function uploadClaimOf(
  fields: ClaimFields & { readonly size?: Tokens | undefined; readonly name?: string | undefined },
): Verdict<UploadClaim> {
  const { hash, public_key: key, signed_hash: signature, expires, size, name } = fields;
  const claim = { action: 'upload', hash, key, signature, expires } as const;
  if (expires === undefined) return accept({ ...claim, written: undefined });
  if (size === undefined || name === undefined) {
    const field = size === undefined ? 'size' : 'name';
    return reject('request.missing-field', {
      field,
      want: wantOf(CALLS.upload.fields.shape[field]),
      detail: `${field} is missing: an upload that expires is signed with its size and name.`,
    });
  }
  return accept({ ...claim, written: { size, name } });
}

/**
 * Everything that is asked of a signed request before anything is looked up. The answer to whoever has not signed
 * depends on the request alone, never on what the ledger knows of the key: neither in its words nor in its time.
 * reject("request.expires-required" | "request.expired" | "request.expires-too-far" | "request.too-many" |
 * "key.unacceptable" | "signature.wrong" | "reader.unknown").
 */
export async function admitClaim(context: RpcContext, claim: Claim | UploadClaim): Promise<Verdict> {
  const { ports } = context;
  const timely = admitExpiry(claim, ports.clock.now(), context.policy);
  if (timely.kind !== 'accept') return timely;
  const text = textOf(toHex(ports.ledger.chainId), claim);
  const signed = await admitSignature(context, claim.key, text, claim.signature);
  if (signed.kind !== 'accept') return signed;
  return account(ports.ledger.view(), claim.key) === undefined ? reject('reader.unknown') : accept();
}

/**
 * That it is the key itself who asks for its own affairs. reject("request.missing-field" | "request.expired" |
 * "request.expires-too-far"), and the rejects of `admitSignature`.
 */
export async function admitHistory(
  context: RpcContext,
  key: PublicKey32,
  expires: UnixSeconds | undefined,
  signature: Signature64 | undefined,
): Promise<Verdict> {
  if (expires === undefined) return missing('expires');
  if (signature === undefined) return missing('signed_hash');
  const text = historyText(toHex(context.ports.ledger.chainId), toHex(key), expires);
  return admitOwn(context, { key, text, expires, signature });
}

/** Of those that come together: the contract does not ask for them. */
export function missing(field: 'public_key' | 'expires' | 'signed_hash'): Reject {
  const want = wantOf(CALLS.account.fields.shape[field]);
  return reject('request.missing-field', { field, want, detail: `${field} is missing.` });
}

/** How far a signed look at one's own lies ahead (`historyLifeMs`, `deskLifeMs`). */
export const AN_HOUR = {
  field: 'expires',
  want: 'at most one hour ahead',
  detail: 'expires lies at most one hour ahead.',
};

type Own = {
  readonly key: PublicKey32;
  readonly text: string;
  readonly expires: UnixSeconds;
  readonly signature: Signature64;
};

/**
 * That the key has signed this text not long ago. reject("request.expired" | "request.expires-too-far"), and the rejects of
 * `admitSignature`.
 */
export async function admitOwn(
  context: RpcContext,
  { key, text, expires, signature }: Own,
): Promise<Verdict> {
  const leftMs = expires * 1_000 - context.ports.clock.now();
  if (leftMs < 0) return reject('request.expired', { field: 'expires' });
  if (leftMs > limits.historyLifeMs) {
    return reject('request.expires-too-far', AN_HOUR);
  }
  return admitSignature(context, key, text, signature);
}

/** reject("key.unacceptable" | "signature.wrong" | "request.too-many"). */
export async function admitSignature(
  { desk, queue, ports, paying }: RpcContext,
  publicKey: PublicKey32,
  text: string,
  signature: Signature64,
): Promise<Verdict> {
  if (!passesForKey(publicKey)) return reject('key.unacceptable', { field: 'public_key' });
  const check = { publicKey, hash: signingHash(text), signature };
  const signed = await desk.check([check], queue);
  if (signed.kind === 'accept' && hasPaid(ports.ledger.view(), publicKey)) paying(publicKey);
  return signed.kind === 'reject' && signed.code === 'signature.wrong' ? showText(signed, text) : signed;
}

/**
 * What the key should have signed. It follows from the fields that came and from what everybody knows (the chain, this library):
 * nothing in it is a secret, and none of it depends on the ledger.
 */
function showText(rejected: Reject, text: string): Reject {
  const field = 'signed_hash';
  if (text.length > limits.textShownMax) return { ...rejected, field };
  const detail = 'The key signs the SHA-256 of the text that stands in "text", in UTF-8.';
  return { ...rejected, field, want: 'the signature of public_key over the SHA-256 of text', text, detail };
}

/** The text to sign for what the key owns, as refusals show it. */
export function fetchTextOf({ ports }: RpcContext, { hash, key }: Claim, expires: UnixSeconds): string {
  return fetchText(toHex(ports.ledger.chainId), toHex(hash), toHex(key), expires);
}

function textOf(chain: string, claim: Claim | UploadClaim): string {
  const { action, hash, key, expires } = claim;
  switch (action) {
    case 'upload': {
      const { size, name } = ('written' in claim && claim.written) || { size: 0n, name: '' };
      return uploadTextOf(chain, { hash, key, size, name, expires });
    }
    case 'fetch':
      return fetchText(chain, toHex(hash), toHex(key), expires ?? 0);
    case 'proof':
      return proofText(chain, toHex(hash), toHex(key), expires);
    case 'download':
      return signerText(download, chain, { hash, key, expires });
    default:
      return unreachable(action);
  }
}

/**
 * Without the policy the expiry of a purchase is the reader's own affair; with it, a far one would defeat its purpose.
 * An upload may wait as long as the ledger takes its signature, and what opens something is good for a day.
 */
function admitExpiry({ action, expires }: Claim, now: UnixMs, { requireExpires }: RpcPolicy): Verdict {
  if (expires === undefined) {
    return requireExpires ? reject('request.expires-required', { field: 'expires' }) : accept();
  }
  if (now > expires * 1_000) return reject('request.expired', { field: 'expires' });
  const most =
    action === 'upload'
      ? limits.uploadLifeMs
      : requireExpires || action === 'fetch'
        ? limits.requestTotalMs
        : Number.POSITIVE_INFINITY;
  if (expires * 1_000 <= now + most) return accept();
  const want = action === 'upload' ? 'at most 31 days ahead' : 'at most a day ahead';
  return reject('request.expires-too-far', { field: 'expires', want, detail: `expires lies ${want}.` });
}
