/** An Ed25519 key as OpenSSL writes it: PKCS #8 (RFC 8410), as DER and as PEM (RFC 7468). */
import { fromBase64, toBase64 } from '../core/base64.ts';
import { type Bytes, concat, equalBytes, hexToBytes } from '../core/bytes.ts';
import { SEED_BYTES, type Seed32 } from '../core/scalars.ts';

/** What stands before the 32 bytes. */
const PREFIX = hexToBytes('302e020100300506032b657004220420');
const BEGIN = '-----BEGIN PRIVATE KEY-----';
const END = '-----END PRIVATE KEY-----';

export function pkcs8OfSeed(seed: Seed32): Bytes {
  return concat(PREFIX, seed);
}

export function pemOfSeed(seed: Seed32): string {
  return `${BEGIN}\n${toBase64(pkcs8OfSeed(seed))}\n${END}\n`;
}

/** @returns undefined for what is no plain Ed25519 key. */
export function seedOfPem(text: string): Seed32 | undefined {
  const lines = text.trim().split(/\r?\n/);
  if (lines[0] !== BEGIN || lines.at(-1) !== END) return undefined;
  const der = fromBase64(lines.slice(1, -1).join(''));
  if (der?.length !== PREFIX.length + SEED_BYTES) return undefined;
  return equalBytes(der.subarray(0, PREFIX.length), PREFIX) ? der.slice(PREFIX.length) : undefined;
}
