/**
 * Certificates: exactly q signatures of distinct authorities over one statement, ascending by number.
 * Exactly q, not more: one more signature proves nothing and would give one fact many sizes.
 */
import { assert } from '../core/assert.ts';
import type { Bytes } from '../core/bytes.ts';
import type { Signature64 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Committee } from './config.ts';
import type { Certificate, Finalization, Vote } from './messages.ts';
import { quorum } from './quorum.ts';
import { statementHash, statementOf, type UnsignedStatement } from './statements.ts';

/** The certificate that these votes make. @param votes - over one statement, from q distinct signers at least. */
export function assemble(votes: readonly Vote[], n: number): Certificate {
  const q = quorum(n);
  const chosen = votes.toSorted((a, b) => a.signer - b.signer).slice(0, q);
  assert(chosen.length === q && new Set(chosen.map((vote) => vote.signer)).size === q, 'q distinct signers');
  const signers = new Uint8Array(Math.ceil(n / 8));
  for (const { signer } of chosen) signers[signer >> 3]! |= 1 << (signer & 7);
  const proof = { signers, signatures: chosen.map((vote) => vote.signature) };
  const vote = chosen[0]!;
  const { epoch, view } = vote;
  switch (vote.kind) {
    case 'notarize':
      return { kind: 'notarization', epoch, view, parentView: vote.parentView, block: vote.block, ...proof };
    case 'nullify':
      return { kind: 'nullification', epoch, view, ...proof };
    case 'finalize':
      return { kind: 'finalization', epoch, view, hash: vote.hash, ...proof };
  }
}

/** The numbers in a bitmap, ascending. @returns undefined when it has not ⌈n/8⌉ bytes or names a number beyond n. */
export function signersOf(bitmap: Bytes, n: number): readonly number[] | undefined {
  if (bitmap.length !== Math.ceil(n / 8)) return undefined;
  const signers: number[] = [];
  for (let i = 0; i < bitmap.length * 8; i++) {
    if ((bitmap[i >> 3]! >> (i & 7)) & 1) signers.push(i);
  }
  return signers.every((signer) => signer < n) ? signers : undefined;
}

/**
 * @param known - was this very signature of this statement verified before? Then it is spared a second check.
 * @returns reject("consensus.wrong-epoch" | "consensus.unknown-authority" | "consensus.not-enough-signers" |
 * "codec.wrong-shape" | "consensus.wrong-signature").
 */
export function verifyCertificate(
  committee: Committee,
  certificate: Certificate,
  known: (statement: UnsignedStatement, signer: number, signature: Signature64) => boolean = () => false,
): Verdict {
  const n = committee.authorities.length;
  if (certificate.epoch !== committee.epoch) return reject('consensus.wrong-epoch');
  const signers = signersOf(certificate.signers, n);
  if (signers === undefined) return reject('consensus.unknown-authority');
  if (signers.length < quorum(n)) return reject('consensus.not-enough-signers');
  if (signers.length > quorum(n) || signers.length !== certificate.signatures.length) {
    return reject('codec.wrong-shape', 'a certificate has exactly q signatures');
  }
  const statement = statementOf(certificate);
  const hash = statementHash(committee, statement);
  const sound = signers.every((signer, at) => {
    const signature = certificate.signatures[at]!;
    return (
      known(statement, signer, signature) || committee.verify(committee.authorities[signer]!, hash, signature)
    );
  });
  return sound ? accept() : reject('consensus.wrong-signature');
}

/** The same for the one certificate that outlives its epoch: in the ledger, in synchronisation, in light proofs. */
export function verifyFinalization(committee: Committee, certificate: Finalization): Verdict {
  return verifyCertificate(committee, certificate);
}
