/**
 * The texts that authorities sign. Chain, epoch, kind and view are in every one of them, so that a signature
 * serves no other chain, epoch, view or purpose (protocol.md, "What a reader signs"; SPEC.md, "Messages").
 */
import { toHex } from '../core/bytes.ts';
import type { Hash32 } from '../core/scalars.ts';
import { signingHash } from '../core/sign.ts';
import type { BlockRef } from './block-ref.ts';
import type { Certificate, Statement } from './messages.ts';

type Scope = { readonly chainId: Hash32; readonly epoch: number };
/** A statement without its signature. */
export type Claim =
  | {
      readonly kind: 'proposal' | 'notarize';
      readonly view: number;
      readonly parentView: number;
      readonly block: BlockRef;
    }
  | { readonly kind: 'nullify'; readonly view: number }
  | { readonly kind: 'finalize'; readonly view: number; readonly hash: Hash32 };

/** `digitallib:1:<chain id>:consensus:<epoch>:<kind>:<view>[:<hash>[:<parent view>:<parent hash>:<height>]]` */
export function statementText(scope: Scope, claim: Claim): string {
  const text = `digitallib:1:${toHex(scope.chainId)}:consensus:${scope.epoch}:${claim.kind}:${claim.view}`;
  if (claim.kind === 'nullify') return text;
  if (claim.kind === 'finalize') return `${text}:${toHex(claim.hash)}`;
  const { hash, parentHash, height } = claim.block;
  return `${text}:${toHex(hash)}:${claim.parentView}:${toHex(parentHash)}:${height}`;
}

/** What Ed25519 runs over. @returns 32 bytes. */
export function statementHash(scope: Scope, claim: Claim): Hash32 {
  return signingHash(statementText(scope, claim));
}

/** Do two statements of one kind say the same? */
export function sameClaim(a: Statement, b: Statement): boolean {
  const scope = { chainId: new Uint8Array(0), epoch: 0 };
  return statementText(scope, a) === statementText(scope, b);
}

/** What each signer of a certificate has signed. */
export function claimOf(certificate: Certificate): Claim {
  switch (certificate.kind) {
    case 'notarization':
      return { ...certificate, kind: 'notarize' };
    case 'nullification':
      return { ...certificate, kind: 'nullify' };
    case 'finalization':
      return { ...certificate, kind: 'finalize' };
  }
}
