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

/** `coming`: its bytes are fetched, or are here and its sponsor has not shown yet that it has them. */
export type ReviewState = 'coming' | 'waiting' | 'accepted' | 'declined';
export type ReviewRecord = {
  readonly hash: Hash32;
  readonly sponsor: PublicKey32;
  /** Who has brought it to that library; older programs have not written it. */
  readonly uploader?: PublicKey32 | undefined;
  /** Since when that upload stands on the ledger: a later one of this library is another one. */
  readonly pendingSince: UnixMs;
  readonly decision: ReviewState;
  /** Since when it stands so. */
  readonly since: UnixMs;
  /** What the librarian has said who declined it, for others at the desk. */
  readonly reason?: string | undefined;
};

const NAMES = ['hash', 'sponsor', 'pendingSince', 'decision', 'since'] as const;
const DECISIONS: readonly unknown[] = ['coming', 'waiting', 'accepted', 'declined'] satisfies ReviewState[];

export function encodeReview({ uploader, reason, ...rest }: ReviewRecord): Bytes {
  const { hash, sponsor, pendingSince, decision, since } = rest;
  const more = { ...(uploader !== undefined && { uploader }), ...(reason !== undefined && { reason }) };
  return encode({ hash, sponsor, pendingSince, decision, since, ...more });
}

/** @returns reject("codec.…"). */
export function decodeReview(bytes: Bytes): Verdict<ReviewRecord> {
  const decoded = decode(bytes, limits.reviewBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (typeof value !== 'object' || value === null) return reject('codec.wrong-shape');
  // Only what was declined with one has it.
  const { reason, uploader, ...rest } = value as { readonly reason?: unknown; readonly uploader?: unknown };
  if (!hasExactly(rest, NAMES)) return reject('codec.wrong-shape');
  const { hash, sponsor, decision } = rest;
  const [pendingSince, since] = [parseCount(rest.pendingSince), parseCount(rest.since)];
  if (!isBytes(hash, HASH_BYTES) || !isBytes(sponsor, PUBLIC_KEY_BYTES)) return reject('codec.wrong-shape');
  if (pendingSince === undefined || since === undefined) return reject('codec.wrong-shape');
  if (!isDecision(decision)) return reject('codec.wrong-shape');
  if (reason !== undefined && typeof reason !== 'string') return reject('codec.wrong-shape');
  if (uploader !== undefined && !isBytes(uploader, PUBLIC_KEY_BYTES)) return reject('codec.wrong-shape');
  const more = { ...(uploader !== undefined && { uploader }), ...(reason !== undefined && { reason }) };
  return accept({ hash, sponsor, pendingSince, decision, since, ...more });
}

function isDecision(value: unknown): value is ReviewState {
  return DECISIONS.includes(value);
}
