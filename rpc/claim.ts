/**
 * A reader's signed request for one file: is it in time, does the key exist, does the signature hold?
 * The texts that are signed come from chain/texts.ts; no rule of the ledger stands here.
 */
import { account } from '../chain/queries.ts';
import { downloadText, proofText, uploadText } from '../chain/texts.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, PublicKey32, Signature64, UnixMs, UnixSeconds } from '../core/scalars.ts';
import { isAcceptableKey, signingHash } from '../core/sign.ts';
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
 * What can be said before any signature is looked at.
 * reject("request.expires-required" | "request.expired" | "request.expires-too-far" | "reader.unknown" | "key.unacceptable").
 */
export function admitClaim({ ports, policy }: RpcContext, claim: Claim): Verdict {
  const timely = admitExpiry(claim.expires, ports.clock.now(), policy);
  if (timely.kind !== 'accept') return timely;
  if (account(ports.ledger.view(), claim.key) !== undefined) return accept();
  return reject(isAcceptableKey(claim.key) ? 'reader.unknown' : 'key.unacceptable');
}

/** Without the policy any expiry is the reader's own affair; with it, a far one would defeat its purpose. */
function admitExpiry(expires: UnixSeconds | undefined, now: UnixMs, { requireExpires }: RpcPolicy): Verdict {
  if (expires === undefined) return requireExpires ? reject('request.expires-required') : accept();
  if (now > expires * 1_000) return reject('request.expired');
  const isFar = expires * 1_000 > now + limits.requestTotalMs;
  return requireExpires && isFar ? reject('request.expires-too-far') : accept();
}

/** For what the ledger knows already, when no transaction is submitted that would be verified. reject("signature.wrong"). */
export async function verifyClaim({ ports }: RpcContext, claim: Claim): Promise<Verdict> {
  const signed = TEXTS[claim.action](
    toHex(ports.ledger.chainId),
    toHex(claim.hash),
    toHex(claim.key),
    claim.expires,
  );
  const check = { publicKey: claim.key, hash: signingHash(signed), signature: claim.signature };
  return (await ports.signatures.verify([check])) ? accept() : reject('signature.wrong');
}
