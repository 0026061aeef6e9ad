/**
 * Ed25519 (RFC 8032): the only place that signs and verifies. Keys of small order and keys that are not
 * canonical points are refused at every door by `isAcceptableKey`, so that no two verifiers can disagree.
 */
import { Point } from '@noble/ed25519';
import { ed25519PublicKey, ed25519Sign, ed25519Verify } from '#crypto';
import { assert } from './assert.ts';
import { type Bytes, isBytes, toHex, utf8 } from './bytes.ts';
import { sha256 } from './hash.ts';
import {
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  SEED_BYTES,
  type Seed32,
  SIGNATURE_BYTES,
  type Signature64,
} from './scalars.ts';

/** What is really signed: SHA-256 of the UTF-8 of a text of fields joined by colons (docs/ledger.md, "Signed texts"). @returns 32 bytes. */
export function signingHash(text: string): Bytes {
  return sha256(utf8(text));
}

/** @param seed - 32 bytes. @param text - the colon-joined text. @returns 64 bytes, deterministic. */
export function signText(seed: Seed32, text: string): Signature64 {
  return signMessage(seed, signingHash(text));
}

/** @param seed - 32 bytes. @param message - what is signed as it is; a text of the protocol goes through `signText`. @returns 64 bytes. */
export function signMessage(seed: Seed32, message: Bytes): Signature64 {
  assert(isBytes(seed, SEED_BYTES), 'a seed has 32 bytes');
  return ed25519Sign(seed, message);
}

/** @returns false for a wrong signature and for anything of a wrong length. */
export function verifyText(publicKey: PublicKey32, text: string, signature: Signature64): boolean {
  return verifyHash(publicKey, signingHash(text), signature);
}

/** @param hash - 32 bytes, as `signingHash` gives it. */
export function verifyHash(publicKey: PublicKey32, hash: Bytes, signature: Signature64): boolean {
  if (!isBytes(publicKey, PUBLIC_KEY_BYTES) || !isBytes(signature, SIGNATURE_BYTES)) return false;
  return ed25519Verify(publicKey, hash, signature);
}

/** @param seed - 32 bytes. */
export function publicKeyOf(seed: Seed32): PublicKey32 {
  assert(isBytes(seed, SEED_BYTES), 'a seed has 32 bytes');
  return ed25519PublicKey(seed);
}

/**
 * A canonical encoding of a curve point that is not of small order (RFC 8032, section 5.1.3). About 0.1 ms; the answers
 * of the last keys are kept, as a key that is registered is asked about at the door, in the pool and in its block.
 */
export function isAcceptableKey(publicKey: Bytes): boolean {
  if (!isBytes(publicKey, PUBLIC_KEY_BYTES)) return false;
  const name = toHex(publicKey);
  const known = ACCEPTABLE.get(name);
  if (known !== undefined) return known;
  const is = isPointOfUse(publicKey);
  ACCEPTABLE.set(name, is);
  if (ACCEPTABLE.size > ACCEPTABLE_MAX) ACCEPTABLE.delete(ACCEPTABLE.keys().next().value!);
  return is;
}
const ACCEPTABLE = new Map<string, boolean>();
const ACCEPTABLE_MAX = 4_096;

function isPointOfUse(publicKey: PublicKey32): boolean {
  try {
    return !Point.fromBytes(publicKey, false).isSmallOrder();
  } catch {
    return false; // not canonical, or not on the curve
  }
}

/**
 * What `isAcceptableKey` asks but for one question, whether the point lies on the curve: that a verification finds out
 * itself, and fails (RFC 8032, section 5.1.7). 1 µs: for whoever verifies a signature by this key anyway.
 */
export function passesForKey(publicKey: Bytes): boolean {
  if (!isBytes(publicKey, PUBLIC_KEY_BYTES)) return false;
  if (!SUSPECT[publicKey[0]!]) return true;
  let y = 0n;
  for (let i = PUBLIC_KEY_BYTES - 1; i >= 0; i--)
    y = y * 256n + BigInt(i === 31 ? publicKey[i]! & 0x7f : publicKey[i]!);
  return y < FIELD && !SMALL_ORDER.has(y);
}
/** The prime 2^255 − 19. */
const FIELD = 2n ** 255n - 19n;
/** The y of the eight points whose order divides 8: of order 1, 2, 4, and both y of order 8. */
const EIGHTH = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const SMALL_ORDER: ReadonlySet<bigint> = new Set([0n, 1n, FIELD - 1n, EIGHTH, FIELD - EIGHTH]);
/** By the lowest byte of y: may it be one of these, or not canonical? Nine keys of ten cannot. */
const SUSPECT: readonly boolean[] = Array.from({ length: 256 }, (_, low) =>
  low >= Number(FIELD & 0xffn) ? true : [...SMALL_ORDER].some((y) => Number(y & 0xffn) === low),
);
