/**
 * The light client: from a header that one trusts, over the ends of epochs, to a later one, and what that says of
 * an entry of the state or of a transaction. Pure: it asks nobody, and a proof either holds in every bit or is
 * refused. It cannot know whether there is a newer header: whoever cares looks at the time of the one it got.
 */
import { type Header, headerHash, sealsEpoch } from '../chain/block/block.ts';
import { type Found, type Sought, verifySought } from '../chain/files/sought.ts';
import { type Bytes, equalBytes } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';
import type { Hash32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { verifyInclusionPath } from './inclusion.ts';
import type { LightProof, Seal } from './light-proof.ts';
import { verifyRun } from './run.ts';
import { type Trusted, trustHeader, type VerifySignature } from './trusted.ts';

/** What one may believe of the header that the proof is about: also where the next proof may begin. */
export type Proved = { readonly trusted: Trusted };

/**
 * Follows the sets of authorities and checks the header.
 * @returns reject("proof.wrong" | "block.…" | "consensus.…" | "codec.wrong-shape").
 */
export function verifyLight(anchor: Trusted, proof: LightProof, verify: VerifySignature): Verdict<Proved> {
  if (proof.genesis !== undefined && !equalBytes(sha256(proof.genesis), anchor.header.chainId)) {
    return wrong('the genesis is of another chain');
  }
  let trusted = anchor;
  for (const seal of proof.seals) {
    const next = verifySeal(trusted, seal, verify);
    if (next.kind !== 'accept') return next;
    trusted = next.value;
  }
  const { headers, finalization } = proof;
  const header = headers[0];
  if (header === undefined) return wrong('no header');
  if (finalization === undefined)
    return isTrusted(headers, trusted) ? accept({ trusted }) : wrong('not final');
  // One fact, one proof: a block that ends an epoch stands among the seals.
  if (sealsEpoch(header)) return wrong('the header ends an epoch');
  const hashes = verifyRun(trusted, { headers, finalization }, verify);
  if (hashes.kind !== 'accept') return hashes;
  return accept({ trusted: { header, hash: hashes.value[0]!, authorities: trusted.authorities } });
}

/**
 * What the state after the header says of what is sought: the value of the last entry, or undefined = there is none; and all entries.
 * @returns as `verifyLight`, or reject("proof.partial") when the proof leads only a part of the way.
 */
export function verifyState(
  anchor: Trusted,
  proof: LightProof,
  sought: Sought,
  verify: VerifySignature,
): Verdict<Proved & { readonly value: Bytes | undefined; readonly found: Found }> {
  const proved = verifyLight(anchor, proof, verify);
  if (proved.kind !== 'accept') return proved;
  const { subject } = proof;
  if (subject === undefined) return reject('proof.partial');
  if (subject.kind !== 'state') return wrong('not a proof of the state');
  const { trusted } = proved.value;
  const entry = verifySought(trusted.header.stateRoot, sought, subject.proofs);
  if (entry.kind !== 'accept') return entry;
  const found = entry.value;
  const isMissing = sought.behind !== undefined && found.length === 1;
  return accept({ trusted, value: isMissing ? undefined : found.at(-1)!.value, found });
}

/** Does the block hold the transaction? @param id - 32 bytes. @returns as `verifyState`. */
export function verifyInclusion(
  anchor: Trusted,
  proof: LightProof,
  id: Hash32,
  verify: VerifySignature,
): Verdict<Proved> {
  const proved = verifyLight(anchor, proof, verify);
  if (proved.kind !== 'accept') return proved;
  const { subject } = proof;
  if (subject === undefined) return reject('proof.partial');
  if (subject.kind !== 'inclusion') return wrong('not a proof of a transaction');
  const { transactionsRoot } = proved.value.trusted.header;
  return verifyInclusionPath(id, subject.path, transactionsRoot) ? proved : wrong('not in this block');
}

/** One epoch further. */
export function verifySeal(trusted: Trusted, seal: Seal, verify: VerifySignature): Verdict<Trusted> {
  const { header, finalization, authorities } = seal;
  if (!sealsEpoch(header)) return wrong('the header ends no epoch');
  const final = verifyRun(trusted, { headers: [header], finalization }, verify);
  return final.kind === 'accept' ? trustHeader(header, authorities) : final;
}

function isTrusted(headers: readonly Header[], trusted: Trusted): boolean {
  return headers.length === 1 && equalBytes(headerHash(headers[0]!), trusted.hash);
}

function wrong(reason: string): Verdict<never> {
  return reject('proof.wrong', reason);
}
