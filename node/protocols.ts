/**
 * @pure The names of what members say to each other beside consensus, and the shapes of it.
 * Gossip: transactions in batches, who has reached which height, which file is wanted. Requests: one block, a range, the head, a metainfo.
 */
import { wantText } from '../chain/texts.ts';
import { type Bytes, concat, isBytes, toHex } from '../core/bytes.ts';
import { decode, encode, hasExactly } from '../core/codec.ts';
import { sha256 } from '../core/hash.ts';
import { limits } from '../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  type Height,
  INFO_HASH_BYTES,
  type InfoHash20,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  SIGNATURE_BYTES,
  type Signature64,
  type UnixMs,
} from '../core/scalars.ts';
import { signingHash } from '../core/sign.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { HELLO_PROTOCOL } from './hello/message.ts';
import { SNAPSHOT_PROTOCOL } from './snapshot/protocol.ts';

export const TRANSACTIONS_TOPIC = 'digitallib/transactions/1';
export const HEAD_TOPIC = 'digitallib/head/1';
export const WANT_TOPIC = 'digitallib/want/1';
/** Two statements of one authority that exclude each other. */
export const EVIDENCE_TOPIC = 'digitallib/evidence/1';
export const TOPICS = [TRANSACTIONS_TOPIC, HEAD_TOPIC, WANT_TOPIC, EVIDENCE_TOPIC] as const;

/** Block hash → block. */
export const BLOCK_PROTOCOL = 'block';
/** {from, count} → final blocks. */
export const RANGE_PROTOCOL = 'range';
/** Nothing → head. */
export const HEAD_PROTOCOL = 'head';
/** File hash → metainfo. */
export const METAINFO_PROTOCOL = 'metainfo';
/** {file hash, 32 bytes of chance} → a hash that only who has read the file can make (holding.ts). */
export const HOLDS_PROTOCOL = 'holds';
/** Nothing → what an authority knows of the votes of the authority that asks. */
export const TESTIMONY_PROTOCOL = 'testimony';
/** Nothing → all evidence that a member has. */
export const EVIDENCE_PROTOCOL = 'evidence';
export const PROTOCOLS = [
  BLOCK_PROTOCOL,
  RANGE_PROTOCOL,
  HEAD_PROTOCOL,
  METAINFO_PROTOCOL,
  HOLDS_PROTOCOL,
  TESTIMONY_PROTOCOL,
  EVIDENCE_PROTOCOL,
  SNAPSHOT_PROTOCOL,
  HELLO_PROTOCOL,
] as const;

const SMALL_BYTES_MAX = 256;

/** `salt` lets the same transactions be gossiped again: gossip drops what it has seen. */
export type TransactionBatch = { readonly salt: Bytes; readonly transactions: readonly Bytes[] };
export const SALT_BYTES = 8;

export function encodeBatch(batch: TransactionBatch): Bytes {
  return encode({ salt: batch.salt, transactions: batch.transactions });
}

export function decodeBatch(bytes: Bytes): Verdict<TransactionBatch> {
  const decoded = decode(bytes, limits.gossipMessageBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, ['salt', 'transactions'])) return reject('codec.wrong-shape');
  const { salt, transactions } = value;
  if (!isBytes(salt, SALT_BYTES)) return reject('codec.wrong-shape');
  if (!isByteList(transactions, limits.gossipBatchTransactionsMax)) return reject('codec.wrong-shape');
  return accept({ salt, transactions });
}

export type Head = { readonly height: Height; readonly hash: Hash32 };

export function encodeHead(head: Head): Bytes {
  return encode({ height: head.height, hash: head.hash });
}

export function decodeHead(bytes: Bytes): Verdict<Head> {
  const decoded = decode(bytes, SMALL_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['height', 'hash'])) return reject('codec.wrong-shape');
  const height = parseCount(decoded.value.height);
  const { hash } = decoded.value;
  if (height === undefined || !isBytes(hash, HASH_BYTES)) return reject('codec.wrong-shape');
  return accept({ height, hash });
}

/**
 * A reader at one library's tracker wants a file that is not in its archive. `toldMs` lets it be said again, and by
 * another library: gossip passes the same bytes on once only.
 */
export type FileWant = {
  readonly file: Hash32;
  readonly infoHash: InfoHash20;
  readonly toldMs: UnixMs;
  /** The member at whose tracker it is wanted: its wants have a share of the places of others. */
  readonly by: PublicKey32;
};
export type SignedWant = FileWant & { readonly signature: Signature64 };

/** @returns 32 bytes: what the member signs. */
export function wantHash(chainId: Hash32, { file, infoHash, toldMs, by }: FileWant): Hash32 {
  const rest = sha256(encode({ file, infoHash, toldMs, by }));
  return signingHash(wantText(toHex(chainId), toHex(rest), toHex(by)));
}

export function encodeWant({ file, infoHash, toldMs, by, signature }: SignedWant): Bytes {
  return encode({ file, infoHash, toldMs, by, signature });
}

export function decodeWant(bytes: Bytes): Verdict<SignedWant> {
  const decoded = decode(bytes, SMALL_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, ['file', 'infoHash', 'toldMs', 'by', 'signature']))
    return reject('codec.wrong-shape');
  const { file, infoHash, by, signature } = value;
  const toldMs = parseCount(value.toldMs);
  if (!isBytes(file, HASH_BYTES) || !isBytes(infoHash, INFO_HASH_BYTES) || toldMs === undefined) {
    return reject('codec.wrong-shape');
  }
  if (!isBytes(by, PUBLIC_KEY_BYTES) || !isBytes(signature, SIGNATURE_BYTES))
    return reject('codec.wrong-shape');
  return accept({ file, infoHash, toldMs, by, signature });
}

export type RangeRequest = { readonly from: Height; readonly count: number };

export function encodeRangeRequest(request: RangeRequest): Bytes {
  return encode({ from: request.from, count: request.count });
}

export function decodeRangeRequest(bytes: Bytes): Verdict<RangeRequest> {
  const decoded = decode(bytes, SMALL_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['from', 'count'])) return reject('codec.wrong-shape');
  const from = parseCount(decoded.value.from);
  const count = parseCount(decoded.value.count);
  if (from === undefined || count === undefined || from < 1 || count < 1) return reject('codec.wrong-shape');
  return accept({ from, count: Math.min(count, limits.rangeBlocksMax) });
}

/** A final block; the certificate stands beside the last block that it covers, its ancestors have none. */
export type RangeEntry = { readonly block: Bytes; readonly certificate: Bytes | undefined };

export function encodeRange(entries: readonly RangeEntry[]): Bytes {
  return encode(entries.map(({ block, certificate }) => ({ block, certificate: certificate ?? null })));
}

/** The answer of a library that has pruned the first of these blocks. @param base - the lowest that it keeps. */
export function encodePruned(base: Height): Bytes {
  return encode({ pruned: base });
}

/** @returns reject("range.pruned") when the library does not keep blocks that are so old: another one may. */
export function decodeRange(bytes: Bytes): Verdict<readonly RangeEntry[]> {
  const decoded = decode(bytes, limits.frameBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (hasExactly(value, ['pruned']) && parseCount(value.pruned) !== undefined) return reject('range.pruned');
  if (!Array.isArray(value) || value.length > limits.rangeBlocksMax) return reject('codec.wrong-shape');
  const entries: RangeEntry[] = [];
  for (const row of value as unknown[]) {
    if (!hasExactly(row, ['block', 'certificate'])) return reject('codec.wrong-shape');
    const { block, certificate } = row;
    if (!(block instanceof Uint8Array)) return reject('codec.wrong-shape');
    if (certificate !== null && !(certificate instanceof Uint8Array)) return reject('codec.wrong-shape');
    entries.push({ block, certificate: certificate ?? undefined });
  }
  return accept(entries);
}

/** 32 bytes that the asker has drawn: what is shown is good for this question only. */
export const HOLDS_NONCE_BYTES = 32;
export type HoldsQuestion = { readonly hash: Hash32; readonly nonce: Bytes };

export function encodeHoldsQuestion({ hash, nonce }: HoldsQuestion): Bytes {
  return concat(hash, nonce);
}

/** @returns reject("codec.wrong-shape"). */
export function decodeHoldsQuestion(bytes: Bytes): Verdict<HoldsQuestion> {
  if (!isBytes(bytes, HASH_BYTES + HOLDS_NONCE_BYTES)) return reject('codec.wrong-shape');
  return accept({ hash: bytes.slice(0, HASH_BYTES), nonce: bytes.slice(HASH_BYTES) });
}

/** What is asked by the hash of a file alone, or answered by a hash. @returns reject("codec.wrong-shape"). */
export function decodeHash(bytes: Bytes): Verdict<Hash32> {
  return isBytes(bytes, HASH_BYTES) ? accept(bytes.slice()) : reject('codec.wrong-shape');
}

function isByteList(value: unknown, countMax: number): value is Bytes[] {
  return (
    Array.isArray(value) && value.length <= countMax && value.every((item) => item instanceof Uint8Array)
  );
}
