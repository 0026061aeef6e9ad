/**
 * @pure The question of a node that is not sure of its memory, and the answer of an authority. What an answer proves
 * is checked here: its certificate, and the votes of ours that it holds. Source: docs/decisions/amnesia.md.
 */
import { signersOf, verifyCertificate } from '../../../consensus/certificate.ts';
import type { Committee } from '../../../consensus/config.ts';
import { type Certificate, decodeMessage, encodeMessage, type Vote } from '../../../consensus/messages.ts';
import { statementHash } from '../../../consensus/statements.ts';
import type { VoteReport } from '../../../consensus/vote-report.ts';
import type { Bytes } from '../../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../../core/codec.ts';
import { limits } from '../../../core/limits.ts';
import { parseCount, type Signature64 } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';

/** `sure`: whoever answers has forgotten nothing itself. */
export type VoteAnswer = VoteReport & { readonly sure: boolean };

export function encodeAnswer({ epoch, certificate, seals, votes, sure }: VoteAnswer): Bytes {
  return encode({
    epoch,
    certificate: certificate === undefined ? null : encodeMessage(certificate),
    seals,
    votes: votes.map(encodeMessage),
    sure,
  });
}

/** Shape only. @returns reject("codec.…"). */
export function decodeAnswer(bytes: Bytes): Verdict<VoteAnswer> {
  const decoded = decode(bytes, limits.frameBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, ['epoch', 'certificate', 'seals', 'votes', 'sure'])) return wrong();
  const { certificate, seals, sure } = value;
  const epoch = parseCount(value.epoch);
  if (epoch === undefined || typeof seals !== 'boolean' || typeof sure !== 'boolean') return wrong();
  if (!Array.isArray(value.votes) || value.votes.length > 3 * limits.voteReportViewsMax) return wrong();
  const proof = certificate === null ? undefined : messageOf(certificate);
  if (certificate !== null && !isCertificate(proof)) return wrong();
  const votes = value.votes.map(messageOf);
  if (!votes.every(isVote)) return wrong();
  return accept({ epoch, certificate: proof as Certificate | undefined, seals, votes, sure });
}

/**
 * Of an answer about our epoch: nothing in it must be invented.
 * @param self - our number in the committee; undefined = we are no authority, and the answer may hold no votes.
 * @returns reject("consensus.wrong-epoch" | "consensus.unknown-authority" | "consensus.wrong-signature" | …).
 */
export function verifyAnswer(committee: Committee, self: number | undefined, answer: VoteAnswer): Verdict {
  if (answer.epoch !== committee.epoch) return reject('consensus.wrong-epoch');
  for (const vote of answer.votes) {
    if (vote.signer !== self || vote.epoch !== committee.epoch) return reject('consensus.unknown-authority');
    const sound = committee.verify(
      committee.authorities[self]!,
      statementHash(committee, vote),
      vote.signature,
    );
    if (!sound) return reject('consensus.wrong-signature');
  }
  return answer.certificate === undefined ? accept() : verifyCertificate(committee, answer.certificate);
}

/** The view that an answer proves: a certificate admits to the next one. */
export function viewOf({ certificate }: VoteAnswer): number {
  return certificate === undefined ? 1 : certificate.view + 1;
}

/** Every vote of ours in an answer, that within its certificate included. */
export function ownVotes(
  committee: Committee,
  self: number | undefined,
  answer: VoteAnswer,
): readonly Vote[] {
  const { certificate, votes } = answer;
  if (certificate === undefined || self === undefined) return votes;
  const at = (signersOf(certificate.signers, committee.authorities.length) ?? []).indexOf(self);
  return at < 0 ? votes : [...votes, voteIn(certificate, self, certificate.signatures[at]!)];
}

function voteIn(certificate: Certificate, signer: number, signature: Signature64): Vote {
  const { epoch, view } = certificate;
  const signed = { epoch, view, signer, signature };
  switch (certificate.kind) {
    case 'notarization':
      return { kind: 'notarize', ...signed, parentView: certificate.parentView, block: certificate.block };
    case 'nullification':
      return { kind: 'nullify', ...signed };
    case 'finalization':
      return { kind: 'finalize', ...signed, hash: certificate.hash };
  }
}

function messageOf(bytes: unknown) {
  if (!(bytes instanceof Uint8Array)) return undefined;
  const message = decodeMessage(bytes);
  return message.kind === 'accept' ? message.value : undefined;
}

function isCertificate(message: ReturnType<typeof messageOf>): message is Certificate {
  const kind = message?.kind;
  return kind === 'notarization' || kind === 'nullification' || kind === 'finalization';
}

function isVote(message: ReturnType<typeof messageOf>): message is Vote {
  const kind = message?.kind;
  return kind === 'notarize' || kind === 'nullify' || kind === 'finalize';
}

function wrong(): Verdict<never> {
  return reject('codec.wrong-shape', 'not a report of votes');
}
