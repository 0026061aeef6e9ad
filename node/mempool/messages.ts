/** @pure Transactions on their way between members: many in one message. */
import { type Bytes, isBytes } from '../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';

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

function isByteList(value: unknown, countMax: number): value is Bytes[] {
  return (
    Array.isArray(value) && value.length <= countMax && value.every((item) => item instanceof Uint8Array)
  );
}
