/** Signatures that cost nothing: 64 bytes that name the key and the hash. Unforgeable by agreement among tests. */
import { concat, equalBytes } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, PublicKey32, Signature64 } from '../../core/scalars.ts';

export function fakeKeys(n: number): PublicKey32[] {
  return Array.from({ length: n }, (_, i) => new Uint8Array(32).fill(i + 1));
}
export function fakeSign(publicKey: PublicKey32, hash: Hash32): Signature64 {
  return concat(publicKey, hash);
}
export function fakeVerify(publicKey: PublicKey32, hash: Hash32, signature: Signature64): boolean {
  return equalBytes(signature, concat(publicKey, hash));
}
export const CHAIN_ID: Hash32 = sha256(new Uint8Array(0));
export const ROOT = { hash: sha256(Uint8Array.of(0)), height: 0 };
