/** `#crypto` where there is no OpenSSL: noble. It gives the same verdict on every input as crypto-node.ts. */
import { getPublicKey, hashes, Point, sign } from '@noble/ed25519';
import { sha256 as nobleSha256, sha512 } from '@noble/hashes/sha2.js';
import { type Bytes, concat, equalBytes } from './bytes.ts';

hashes.sha512 = sha512;

/** SHA-256 (FIPS 180-4). @returns 32 bytes. */
export function sha256(bytes: Bytes): Bytes {
  return nobleSha256(bytes);
}

/** Raw Ed25519 signature (RFC 8032). @param seed - 32 bytes. @returns 64 bytes. */
export function ed25519Sign(seed: Bytes, message: Bytes): Bytes {
  return sign(message, seed);
}

/** @param seed - 32 bytes. @returns 32 bytes. */
export function ed25519PublicKey(seed: Bytes): Bytes {
  return getPublicKey(seed);
}

/**
 * Raw Ed25519 verification as OpenSSL does it: S < L, no cofactor, and the R of the signature is compared
 * as bytes with S·B − k·A. noble's own `verify` multiplies by the cofactor and accepts some signatures
 * that OpenSSL refuses, which would let a browser and a node disagree about a block.
 */
export function ed25519Verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean {
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32, 64));
  if (signature.length !== 64 || s >= ORDER) return false;
  let key: Point;
  try {
    key = Point.fromBytes(publicKey, true);
  } catch {
    return false; // not a point of the curve
  }
  const k = littleEndian(sha512(concat(r, publicKey, message))) % ORDER;
  return equalBytes(times(Point.BASE, s).subtract(times(key, k)).toBytes(), r);
}

const ORDER = Point.CURVE().n;

function times(point: Point, scalar: bigint): Point {
  return scalar === 0n ? Point.ZERO : point.multiply(scalar, false);
}

function littleEndian(bytes: Bytes): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}
