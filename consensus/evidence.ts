/**
 * Evidence: two statements of one authority in one view that no honest authority makes both.
 * Anybody who knows the authority set of the epoch can judge it; nobody needs to trust the accuser.
 */
import type { Bytes } from '../core/bytes.ts';
import { decode, encode, hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Committee } from './config.ts';
import type { Evidence, Message, Statement } from './messages.ts';
import { sameStatement, statementHash } from './statements.ts';
import { fromWire, toWire } from './wire.ts';

/** Two different Proposals, two different Notarizes, two different Finalizes, or Nullify with Finalize. */
export function excludeEachOther(a: Statement, b: Statement): boolean {
  if (a.signer !== b.signer || a.epoch !== b.epoch || a.view !== b.view) return false;
  if (a.kind === b.kind) return !sameStatement(a, b);
  const kinds = [a.kind, b.kind];
  return kinds.includes('nullify') && kinds.includes('finalize');
}

export function encodeEvidence(evidence: Evidence): Bytes {
  return encode({ first: toWire(evidence.first), second: toWire(evidence.second) });
}

/** Shape only. @returns reject("codec.…"). */
export function decodeEvidence(bytes: Bytes): Verdict<Evidence> {
  const decoded = decode(bytes, limits.consensusMessageBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['first', 'second'])) return reject('codec.wrong-shape');
  const first = asStatement(fromWire(decoded.value.first) as Message | undefined);
  const second = asStatement(fromWire(decoded.value.second) as Message | undefined);
  if (first === undefined || second === undefined) return reject('codec.wrong-shape');
  return accept({ first, second });
}

/**
 * @returns reject("consensus.wrong-epoch" | "consensus.unknown-authority" | "consensus.no-conflict" |
 * "consensus.wrong-signature").
 */
export function verifyEvidence(committee: Committee, { first, second }: Evidence): Verdict {
  if (first.epoch !== committee.epoch) return reject('consensus.wrong-epoch');
  const accused = committee.authorities[first.signer];
  if (accused === undefined) return reject('consensus.unknown-authority');
  if (!excludeEachOther(first, second)) return reject('consensus.no-conflict');
  const signed = [first, second].every((statement) =>
    committee.verify(accused, statementHash(committee, statement), statement.signature),
  );
  return signed ? accept() : reject('consensus.wrong-signature');
}

function asStatement(message: Message | undefined): Statement | undefined {
  switch (message?.kind) {
    case 'proposal':
    case 'notarize':
    case 'nullify':
    case 'finalize':
      return message;
    default:
      return undefined;
  }
}
