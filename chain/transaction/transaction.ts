/**
 * The one encoding of transactions: a DAG-CBOR map with exactly the fields of its kind (docs/ledger.md, "Kinds").
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
import { encodeFields, fieldNames } from '../kind/kind.ts';
import { RULES_VERSION } from '../kind/rules-version.ts';
import { declaredOf, isKind, KINDS, type Kind, type Transaction } from '../kinds.ts';

export { KINDS, type Kind, type Transaction, type TransactionOf } from '../kinds.ts';

/** What a transaction of each kind holds, and nothing beside, by each version of the rules. */
const NAMES = new Map(
  KINDS.map((kind) => [
    kind,
    Array.from({ length: RULES_VERSION + 1 }, (_, version) => [
      'kind',
      ...fieldNames(declaredOf({ kind }), version),
    ]),
  ]),
);

/** Canonical bytes: what is gossiped, stored and hashed. */
export function encodeTransaction(transaction: Transaction): Bytes {
  return encodeFields(declaredOf(transaction), transaction);
}

/** SHA-256 of the canonical bytes. */
export function transactionId(bytes: Bytes): Hash32 {
  return sha256(bytes);
}

/**
 * Shape and lengths only, as the rules of this version have them.
 * @returns reject("codec.too-long" | "codec.malformed" | "codec.not-canonical" | "codec.wrong-shape");
 * reject("rule.not-in-force") for what these rules do not know, and others that this program knows do.
 */
export function decodeTransaction(bytes: Bytes, version: number): Verdict<Transaction> {
  const decoded = decode(bytes, limits.transactionBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const map = decoded.value;
  if (typeof map !== 'object' || map === null || !('kind' in map) || typeof map.kind !== 'string') {
    return reject('codec.wrong-shape', 'no kind');
  }
  const { kind } = map;
  if (!isKind(kind)) return reject('codec.wrong-shape', 'unknown kind');
  const read = readBy(version, kind, map);
  if (read.kind === 'accept') return read;
  for (let other = 1; other <= RULES_VERSION; other++) {
    if (other !== version && readBy(other, kind, map).kind === 'accept')
      return reject('rule.not-in-force', kind);
  }
  return read;
}

function readBy(version: number, kind: Kind, map: object): Verdict<Transaction> {
  const declared = declaredOf({ kind });
  if (declared.since > version) return reject('rule.not-in-force', kind);
  const names = NAMES.get(kind)![Math.min(version, RULES_VERSION)]!;
  if (!hasExactly(map, names)) return reject('codec.wrong-shape', `not the fields of ${kind}`);
  const values: Record<string, unknown> = map;
  const transaction: Record<string, unknown> = { kind };
  for (const name of names) {
    if (name === 'kind') continue;
    const value = declared.fields[name]!.read(values[name], version);
    if (value === WRONG) return reject('codec.wrong-shape', `${kind}: ${name}`);
    transaction[name] = value;
  }
  // Exactly the fields of its kind, each as it was declared.
  return accept(transaction as unknown as Transaction);
}
