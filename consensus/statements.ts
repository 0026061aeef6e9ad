/**
 * The texts that authorities sign. Chain, epoch, kind and view are in every one of them, so that a signature
 * serves no other chain, epoch, view or purpose (docs/ledger.md, "Signed texts"; SPEC.md, "Messages").
 */
import { equalBytes, toHex } from '../core/bytes.ts';
import type { Hash32 } from '../core/scalars.ts';
import { signingHash } from '../core/sign.ts';
import { type BlockRef, equalRefs } from './block-ref.ts';
import type { Certificate } from './messages.ts';

type Scope = { readonly chainId: Hash32; readonly epoch: number };
/** A statement without its signature. */
export type UnsignedStatement =
  | {
      readonly kind: 'proposal' | 'notarize';
      readonly view: number;
      readonly parentView: number;
      readonly block: BlockRef;
    }
  | { readonly kind: 'nullify'; readonly view: number }
  | { readonly kind: 'finalize'; readonly view: number; readonly hash: Hash32 };

/** `digitallib:1:<chain id>:consensus:<epoch>:<kind>:<view>[:<hash>[:<parent view>:<parent hash>:<height>]]` */
export function statementText(scope: Scope, statement: UnsignedStatement): string {
  const text = `digitallib:1:${toHex(scope.chainId)}:consensus:${scope.epoch}:${statement.kind}:${statement.view}`;
  if (statement.kind === 'nullify') return text;
  if (statement.kind === 'finalize') return `${text}:${toHex(statement.hash)}`;
  const { hash, parentHash, height } = statement.block;
  return `${text}:${toHex(hash)}:${statement.parentView}:${toHex(parentHash)}:${height}`;
}

/** What Ed25519 runs over. @returns 32 bytes. */
export function statementHash(scope: Scope, statement: UnsignedStatement): Hash32 {
  return signingHash(statementText(scope, statement));
}

/** Do two statements of one view say the same? Who says it does not matter. */
export function sameStatement(a: UnsignedStatement, b: UnsignedStatement): boolean {
  if (a.kind !== b.kind || a.view !== b.view) return false;
  if (a.kind === 'finalize') return b.kind === a.kind && equalBytes(a.hash, b.hash);
  if (a.kind === 'nullify' || b.kind === 'nullify' || b.kind === 'finalize') return true;
  return a.parentView === b.parentView && equalRefs(a.block, b.block);
}

/** What each signer of a certificate has signed. */
export function statementOf(certificate: Certificate): UnsignedStatement {
  switch (certificate.kind) {
    case 'notarization':
      return { ...certificate, kind: 'notarize' };
    case 'nullification':
      return { ...certificate, kind: 'nullify' };
    case 'finalization':
      return { ...certificate, kind: 'finalize' };
  }
}
