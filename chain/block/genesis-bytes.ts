/**
 * The genesis as the bytes whose SHA-256 is the chain id: whoever knows nothing but that id can be given the genesis
 * by a stranger. Held to the same rules as the form that people write.
 */
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { decode, encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { type Genesis, parseGenesis } from './genesis-json.ts';

/** Canonical DAG-CBOR; its SHA-256 is the chain id. */
export function encodeGenesis(genesis: Genesis): Bytes {
  return encode(genesis);
}

/** @returns reject("codec.…" | "genesis.wrong"). */
export function decodeGenesis(bytes: Bytes): Verdict<Genesis> {
  const decoded = decode(bytes, limits.proofGenesisBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const genesis = parseGenesis(asWritten(decoded.value));
  if (genesis.kind !== 'accept') return genesis;
  // The written form has freedoms that the bytes have not: the order of the authorities.
  return equalBytes(encode(genesis.value), bytes) ? accept(genesis.value) : reject('codec.not-canonical');
}

/** Lists of maps of lists: members with their addresses. */
const DEPTH_MAX = 4;

/** Bytes as hex, tokens as decimal strings: what `parseGenesis` reads. What lies deeper than a genesis is left out. */
function asWritten(value: unknown, name = '', depth = 0): unknown {
  if (depth > DEPTH_MAX) return undefined;
  if (value instanceof Uint8Array) return toHex(value);
  if (name === 'tokens' && (typeof value === 'number' || typeof value === 'bigint')) return String(value);
  if (Array.isArray(value)) return value.map((item) => asWritten(item, '', depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, item]) => [field, asWritten(item, field, depth + 1)]),
  );
}
