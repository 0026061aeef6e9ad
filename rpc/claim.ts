/**
 * A reader's signed request for one file: is it in time, does the key exist, does the signature hold?
 * The texts that are signed come from chain/texts.ts; no rule of the ledger stands here.
 */
import { account } from '../chain/queries.ts';
import { downloadText, proofText, uploadText } from '../chain/texts.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, PublicKey32, Signature64, UnixMs, UnixSeconds } from '../core/scalars.ts';
import { passesForKey, signingHash } from '../core/sign.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { RpcContext, RpcPolicy } from './context.ts';

const TEXTS = { upload: uploadText, download: downloadText, proof: proofText } as const;

export type Claim = {
  readonly action: keyof typeof TEXTS;
  readonly hash: Hash32;
  readonly key: PublicKey32;
  readonly signature: Signature64;
  readonly expires: UnixSeconds | undefined;
};

type ClaimFields = {
  readonly hash: Hash32;
  readonly public_key: PublicKey32;
  readonly signed_hash: Signature64;
  readonly expires?: UnixSeconds | undefined;
};

export function claimOf(action: Claim['action'], fields: ClaimFields): Claim {
  const { hash, public_key: key, signed_hash: signature, expires } = fields;
  return { action, hash, key, signature, expires };
}

/**
 * Everything that is asked of a signed request before anything is looked up. The answer to whoever has not signed
 * depends on the request alone, never on what the ledger knows of the key: neither in its words nor in its time.
 * reject("request.expires-required" | "request.expired" | "request.expires-too-far" | "request.too-many" |
 * "key.unacceptable" | "signature.wrong" | "reader.unknown").
 */
export async function admitClaim(context: RpcContext, claim: Claim): Promise<Verdict> {
  const { ports, policy } = context;
  const timely = admitExpiry(claim.expires, ports.clock.now(), policy);
  if (timely.kind !== 'accept') return timely;
  const chain = toHex(ports.ledger.chainId);
  const text = TEXTS[claim.action](chain, toHex(claim.hash), toHex(claim.key), claim.expires);
  const signed = await admitSignature(context, claim.key, text, claim.signature);
  if (signed.kind !== 'accept') return signed;
  return account(ports.ledger.view(), claim.key) === undefined ? reject('reader.unknown') : accept();
}

/** reject("key.unacceptable" | "signature.wrong" | "request.too-many"). */
export async function admitSignature(
  { desk, from }: RpcContext,
  publicKey: PublicKey32,
  text: string,
  signature: Signature64,
): Promise<Verdict> {
  if (!passesForKey(publicKey)) return reject('key.unacceptable');
  return desk.check([{ publicKey, hash: signingHash(text), signature }], from);
}

/** Without the policy any expiry is the reader's own affair; with it, a far one would defeat its purpose. */
function admitExpiry(expires: UnixSeconds | undefined, now: UnixMs, { requireExpires }: RpcPolicy): Verdict {
  if (expires === undefined) return requireExpires ? reject('request.expires-required') : accept();
  if (now > expires * 1_000) return reject('request.expired');
  const isFar = expires * 1_000 > now + limits.requestTotalMs;
  return requireExpires && isFar ? reject('request.expires-too-far') : accept();
}
