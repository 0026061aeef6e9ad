/**
 * The one encoding of transactions: a DAG-CBOR map with exactly the fields of its kind (protocol.md, "The ledger").
 * Decoding judges shape and lengths only; signatures are chain/transaction/signing.ts, and whether it may happen is
 * chain/transaction/rules.ts.
 */
import type { Bytes } from '../../core/bytes.ts';
import { decode, hasExactly } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { WRONG } from '../kind/field.ts';
import { encodeFields } from '../kind/kind.ts';
import { declaredOf, isKind, KINDS, type Transaction } from '../kinds.ts';

export { KINDS, type Kind, type Transaction, type TransactionOf } from '../kinds.ts';

/** What a transaction of each kind holds, and nothing beside. */
const NAMES = new Map(KINDS.map((kind) => [kind, ['kind', ...Object.keys(declaredOf({ kind }).fields)]]));

/** Canonical bytes: what is gossiped, stored and hashed. */
export function encodeTransaction(transaction: Transaction): Bytes {
  return encodeFields(declaredOf(transaction), transaction);
}

/** SHA-256 of the canonical bytes. */
export function transactionId(bytes: Bytes): Hash32 {
  return sha256(bytes);
}

/** @returns reject("codec.too-long" | "codec.malformed" | "codec.not-canonical" | "codec.wrong-shape"). */
export function decodeTransaction(bytes: Bytes): Verdict<Transaction> {
  const decoded = decode(bytes, limits.transactionBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const map = decoded.value;
  if (typeof map !== 'object' || map === null || !('kind' in map) || typeof map.kind !== 'string') {
    return reject('codec.wrong-shape', 'no kind');
  }
  const { kind } = map;
  if (!isKind(kind)) return reject('codec.wrong-shape', 'unknown kind');
  if (!hasExactly(map, NAMES.get(kind)!)) return reject('codec.wrong-shape', `not the fields of ${kind}`);
  const { fields } = declaredOf({ kind });
  const values: Record<string, unknown> = map;
  const transaction: Record<string, unknown> = { kind };
  for (const name in fields) {
    const value = fields[name]!.read(values[name]);
    if (value === WRONG) return reject('codec.wrong-shape', `${kind}: ${name}`);
    transaction[name] = value;
  }
  // Exactly the fields of its kind, each as it was declared.
  return accept(transaction as unknown as Transaction);
}
