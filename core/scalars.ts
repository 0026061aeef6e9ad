/**
 * The vocabulary of lengths and units. The types are names for readers and editors;
 * the length of what comes from outside is checked where it is parsed or decoded.
 */
import type { Bytes } from './bytes.ts';

/** 32 bytes: SHA-256 of something. */
export type Hash32 = Bytes;
/** 32 bytes: Ed25519 public key (RFC 8032). */
export type PublicKey32 = Bytes;
/** 32 bytes: Ed25519 seed, the secret half (RFC 8032). */
export type Seed32 = Bytes;
/** 64 bytes: Ed25519 signature (RFC 8032). */
export type Signature64 = Bytes;
/** 20 bytes: a BitTorrent info hash, v1, or v2 cut to 20 bytes as it is announced (BEP 3, BEP 52). */
export type InfoHash20 = Bytes;
/** Tokens and bytes: 1 token = 1 byte, 0 … 2^63−1. */
export type Tokens = bigint;
/** Milliseconds since 1970, a safe integer. */
export type UnixMs = number;
/** Seconds since 1970, a safe integer. */
export type UnixSeconds = number;
/** Number of a block on the chain; genesis is 0. */
export type Height = number;

export const HASH_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;
export const SEED_BYTES = 32;
export const SIGNATURE_BYTES = 64;
export const INFO_HASH_BYTES = 20;
export const NONCE_BYTES = 16;
/** Of what a librarian was shown: the first of its hash. */
export const REVIEW_MARK_BYTES = 16;
/** 2^63 − 1: the largest amount of tokens and the largest size of a file. */
export const TOKENS_MAX: Tokens = (1n << 63n) - 1n;

/** @returns undefined unless `value` is an integer within 0 … 2^63−1 (number or bigint). */
export function parseTokens(value: unknown): Tokens | undefined {
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
  }
  if (typeof value !== 'bigint') return undefined;
  return value >= 0n && value <= TOKENS_MAX ? value : undefined;
}

/** @returns undefined unless `value` is a whole number within 0 … 2^53−1. */
export function parseCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The smaller of two amounts. */
export function least(a: Tokens, b: Tokens): Tokens {
  return a < b ? a : b;
}
