/**
 * @pure An upload that a reader brings to this library, with the whole of what he has signed, and how it stands: as it is
 * kept on the disk (store/keyspaces.ts, intake).
 */
import { type Bytes, isBytes, toHex } from '../../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../../core/codec.ts';
import { CODES, type Code } from '../../../core/codes.ts';
import { limits } from '../../../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  INFO_HASH_BYTES,
  type InfoHash20,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  parseTokens,
  SIGNATURE_BYTES,
  type Signature64,
  type Tokens,
  type UnixMs,
  type UnixSeconds,
} from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import type { UploadState } from '../../../rpc/upload-ports.ts';

export type Intake = {
  readonly hash: Hash32;
  readonly key: PublicKey32;
  readonly size: Tokens;
  /** As it will stand on the ledger. */
  readonly name: string;
  readonly signature: Signature64;
  readonly expires: UnixSeconds | undefined;
  /** Until when that is good: until it expires; without an expiry as long as one may lie ahead, from when it was brought. */
  readonly lapses: UnixMs;
  /** Of the torrents that the reader may have. */
  readonly infoHashes: readonly InfoHash20[];
  /** From where it was announced: core/address.ts, clientAddressOf. Its network is what that name begins with. */
  readonly address: string;
  /** Somebody else's page may have announced it. */
  readonly byPage: boolean;
  /** Had its key paid by then (rpc/right.ts)? Then it has a place of those who have. */
  readonly paid: boolean;
  /** Was it claimed by a torrent, and its reader is to seed it? Then it has a place of such claims till the ledger knows it. */
  readonly seeded: boolean;
  readonly state: Exclude<UploadState, 'receiving' | 'reading'>;
  /** Why it was refused, or what it waits for. */
  readonly code: Code | undefined;
  /** When the state ends by itself, or is forgotten. */
  readonly until: UnixMs;
  /** Since when it waits for a librarian. */
  readonly reviewSince?: UnixMs | undefined;
  /** What a librarian has said when it was declined. */
  readonly reason?: string | undefined;
};

/** In hex. */
export function nameOf({ hash, key }: Pick<Intake, 'hash' | 'key'>): string {
  return `${toHex(hash)}:${toHex(key)}`;
}

/** What only a review leaves: older programs have written none of it. */
const OF_REVIEW = ['reviewSince', 'reason'] as const;

export function encodeIntake({ code, expires, reviewSince, reason, ...rest }: Intake): Bytes {
  const ofReview = {
    ...(reviewSince !== undefined && { reviewSince }),
    ...(reason !== undefined && { reason }),
  };
  return encode({ ...rest, code: code ?? null, expires: expires ?? null, ...ofReview });
}

/** @returns reject("codec.…"). */
export function decodeIntake(bytes: Bytes): Verdict<Intake> {
  const decoded = decode(bytes, limits.intakeBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  const there = OF_REVIEW.filter((name) => hasOwn(value, name));
  if (!hasExactly(value, [...NAMES, ...there])) return reject('codec.wrong-shape');
  const ofReview = parseReview(value);
  if (ofReview === undefined) return reject('codec.wrong-shape');
  const { hash, key, name, signature, infoHashes, address, byPage, paid, seeded, state } = value;
  const [size, expires, code] = [parseTokens(value.size), parseExpires(value.expires), parseCode(value.code)];
  const [lapses, until] = [parseCount(value.lapses), parseCount(value.until)];
  if (size === undefined || expires === undefined || code === undefined) return reject('codec.wrong-shape');
  if (lapses === undefined || until === undefined || !isState(state)) return reject('codec.wrong-shape');
  if (!isBytes(hash, HASH_BYTES) || !isBytes(key, PUBLIC_KEY_BYTES)) return reject('codec.wrong-shape');
  if (!isBytes(signature, SIGNATURE_BYTES) || !isInfoHashes(infoHashes)) return reject('codec.wrong-shape');
  if (typeof name !== 'string' || typeof address !== 'string') return reject('codec.wrong-shape');
  if (typeof byPage !== 'boolean' || typeof paid !== 'boolean') return reject('codec.wrong-shape');
  if (typeof seeded !== 'boolean') return reject('codec.wrong-shape');
  return accept({
    ...{ hash, key, size, name, signature, infoHashes, address, byPage, paid, seeded, state, lapses, until },
    expires: expires ?? undefined,
    code: code ?? undefined,
    ...ofReview,
  });
}

const NAMES = [
  'hash',
  'key',
  'size',
  'name',
  'signature',
  'expires',
  'lapses',
  'infoHashes',
  'address',
  'byPage',
  'paid',
  'seeded',
  'state',
  'code',
  'until',
] as const satisfies readonly (keyof Intake)[];

const STATES: readonly unknown[] = [
  'fetching',
  'in-review',
  'waiting',
  'on-ledger',
  'available',
  'refused',
] satisfies Intake['state'][];

/** Of the four kinds of torrents. */
const INFO_HASHES_MAX = 4;

/** @returns null when there is none; undefined for anything else. */
function parseExpires(value: unknown): UnixSeconds | null | undefined {
  return value === null ? null : parseCount(value);
}

type OfReview = Pick<Intake, (typeof OF_REVIEW)[number]>;

function parseReview(value: { readonly [name in keyof OfReview]?: unknown }): OfReview | undefined {
  const { reviewSince, reason } = value;
  const since = reviewSince === undefined ? undefined : parseCount(reviewSince);
  if (reviewSince !== undefined && since === undefined) return undefined;
  if (reason !== undefined && typeof reason !== 'string') return undefined;
  return { ...(since !== undefined && { reviewSince: since }), ...(reason !== undefined && { reason }) };
}

function hasOwn(value: unknown, name: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name);
}

function parseCode(value: unknown): Code | null | undefined {
  if (value === null) return null;
  return typeof value === 'string' && Object.hasOwn(CODES, value) ? (value as Code) : undefined;
}

function isState(value: unknown): value is Intake['state'] {
  return STATES.includes(value);
}

function isInfoHashes(value: unknown): value is readonly InfoHash20[] {
  if (!Array.isArray(value) || value.length > INFO_HASHES_MAX) return false;
  return value.every((one) => isBytes(one, INFO_HASH_BYTES));
}
