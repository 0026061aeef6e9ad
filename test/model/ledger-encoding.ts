/**
 * The canonical encoding and hashes of the model, and what is signed beside the texts of transactions: DAG-CBOR as its specification has it (shortest
 * integers, maps sorted by the length of the name and then by its bytes), written anew, so that two programs agree on
 * what is hashed.
 */
import { hash as digest } from 'node:crypto';

/** Fields that hold text; every other string is hex for bytes. */
const TEXTS = new Set(['kind', 'name', 'rate', 'role', 'addresses', 'tracker', 'api']);

/** A transaction, or a part of one. @param field - the name under which it stands; decides whether text is text. */
export function encode(value: unknown, field = ''): Buffer {
  if (value === null || value === undefined) return Buffer.of(0xf6);
  if (typeof value === 'number' || typeof value === 'bigint') return head(0, BigInt(value));
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, TEXTS.has(field) ? 'utf8' : 'hex');
    return Buffer.concat([head(TEXTS.has(field) ? 3 : 2, BigInt(bytes.length)), bytes]);
  }
  if (Array.isArray(value)) {
    return Buffer.concat([head(4, BigInt(value.length)), ...value.map((item) => encode(item, field))]);
  }
  if (typeof value !== 'object') throw new Error(`cannot encode ${typeof value}`);
  const entries = Object.entries(value).map(
    ([name, item]) => [encode(name, 'name'), encode(item, name)] as const,
  );
  // The head of a name holds its length: what is sorted by bytes is sorted by length first.
  entries.sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([head(5, BigInt(entries.length)), ...entries.flat()]);
}

function head(major: number, value: bigint): Buffer {
  const kind = major << 5;
  if (value < 24n) return Buffer.of(kind | Number(value));
  if (value < 0x100n) return Buffer.of(kind | 24, Number(value));
  if (value < 0x1_0000n) return Buffer.of(kind | 25, Number(value >> 8n), Number(value & 0xffn));
  if (value < 0x1_0000_0000n) {
    const bytes = Buffer.alloc(5, kind | 26);
    bytes.writeUInt32BE(Number(value), 1);
    return bytes;
  }
  const bytes = Buffer.alloc(9, kind | 27);
  bytes.writeBigUInt64BE(value, 1);
  return bytes;
}

export function sha256(data: string | Buffer): string {
  return digest('sha256', data, 'hex');
}

export function idOf(transaction: object): string {
  return sha256(encode(transaction));
}

/** Of what is said of a file: two agree when theirs are equal. */
export function digestOf(key: string, { size, name, infoHashes }: Said): string {
  return sha256(encode({ key, size, name, infoHashes }));
}

type Said = { readonly size: bigint; readonly name: string; readonly infoHashes: readonly string[] };

type Sponsored = { readonly sponsorSignature: string };

/** What the sponsor of an upload signs beside it. */
export function sponsorTextOf(chain: string, { sponsorSignature: _, ...upload }: Sponsored): string {
  return `digitallib:1:${chain}:sponsor:${sha256(encode(upload))}`;
}

/** What a member signs who is ready to be an authority. */
export function seatTextOf(chain: string, key: string, epoch: number, expires: number): string {
  return `digitallib:1:${chain}:seat:${key}:${epoch}:${expires}`;
}
