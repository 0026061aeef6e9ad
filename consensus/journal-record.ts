/**
 * What goes to the journal before anything is sent: our own votes, the certificates we took in, and our
 * verdicts on bodies. One DAG-CBOR map a record. Our own disk wrote it and the store checks its integrity,
 * so a record that cannot be read is a mistake of ours, not bad input.
 */
import { assert } from '../core/assert.ts';
import type { Bytes } from '../core/bytes.ts';
import { isBytes } from '../core/bytes.ts';
import { decode, encode, hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import { HASH_BYTES } from '../core/scalars.ts';
import type { BlockRef } from './block-ref.ts';
import type { Certificate, Message, Vote } from './messages.ts';
import { fromWire, toWire } from './wire.ts';

export type VerdictRecord = {
  readonly kind: 'verdict';
  readonly epoch: number;
  readonly view: number;
  readonly block: BlockRef;
  readonly valid: boolean;
  readonly seals: boolean;
};
export type JournalEntry = Vote | Certificate | VerdictRecord;

const VERDICT_KEYS = ['kind', 'epoch', 'view', 'hash', 'parentHash', 'height', 'valid', 'seals'] as const;

export function encodeRecord(entry: JournalEntry): Bytes {
  return encode(toWire(entry));
}

/** @throws AssertionFailed when the bytes are not a record. */
export function decodeRecord(bytes: Bytes): JournalEntry {
  const decoded = decode(bytes, limits.consensusMessageBytesMax);
  assert(decoded.kind === 'accept', 'a journal record is canonical');
  const verdict = asVerdict(decoded.value);
  if (verdict !== undefined) return verdict;
  const message = fromWire(decoded.value) as Message | undefined;
  assert(message !== undefined, 'a journal record has a known shape');
  assert(message.kind !== 'proposal' && message.kind !== 'request', 'only votes and certificates are kept');
  return message;
}

function asVerdict(value: unknown): VerdictRecord | undefined {
  if (!hasExactly(value, VERDICT_KEYS) || value.kind !== 'verdict') return undefined;
  const { epoch, view, hash, parentHash, height, valid, seals } = value;
  assert(typeof epoch === 'number' && typeof view === 'number' && typeof height === 'number', 'numbers');
  assert(isBytes(hash, HASH_BYTES) && isBytes(parentHash, HASH_BYTES), 'hashes have 32 bytes');
  assert(typeof valid === 'boolean' && typeof seals === 'boolean', 'yes or no');
  return { kind: 'verdict', epoch, view, block: { hash, parentHash, height }, valid, seals };
}
