/**
 * @pure What a librarian is to say, or has said, of an upload that another library has sponsored: as it is kept on the disk
 * (store/keyspaces.ts, review). What it says of the file, the ledger knows.
 */
import { type Bytes, isBytes } from '../../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../../core/codec.ts';
import { limits } from '../../../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  type UnixMs,
} from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';

export type Decision = 'waiting' | 'accepted' | 'declined';
export type ReviewRecord = {
  readonly hash: Hash32;
  readonly sponsor: PublicKey32;
  /** Since when that upload stands on the ledger: a later one of this library is another one. */
  readonly pendingSince: UnixMs;
  readonly decision: Decision;
  /** Since when it waits, or has been decided. */
  readonly since: UnixMs;
};

const NAMES = ['hash', 'sponsor', 'pendingSince', 'decision', 'since'] as const;
const DECISIONS: readonly unknown[] = ['waiting', 'accepted', 'declined'] satisfies Decision[];

export function encodeReview({ hash, sponsor, pendingSince, decision, since }: ReviewRecord): Bytes {
  return encode({ hash, sponsor, pendingSince, decision, since });
}

/** @returns reject("codec.…"). */
export function decodeReview(bytes: Bytes): Verdict<ReviewRecord> {
  const decoded = decode(bytes, limits.reviewBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, NAMES)) return reject('codec.wrong-shape');
  const { hash, sponsor, decision } = value;
  const [pendingSince, since] = [parseCount(value.pendingSince), parseCount(value.since)];
  if (!isBytes(hash, HASH_BYTES) || !isBytes(sponsor, PUBLIC_KEY_BYTES)) return reject('codec.wrong-shape');
  if (pendingSince === undefined || since === undefined) return reject('codec.wrong-shape');
  if (!isDecision(decision)) return reject('codec.wrong-shape');
  return accept({ hash, sponsor, pendingSince, decision, since });
}

function isDecision(value: unknown): value is Decision {
  return DECISIONS.includes(value);
}
