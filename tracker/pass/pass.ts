/**
 * The pass in the path of an announce URL: "this key, this file, until then", signed by the member node that
 * issued it (docs/decisions/passes-and-torrents.md). Any member's tracker can open it. It grants nothing by itself: the right
 * is asked of the ledger at every announce. Pure; it must never be logged.
 */
import { base64url } from 'multiformats/bases/base64';
import { assert } from '../../core/assert.ts';
import { type Bytes, concat, isBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  SIGNATURE_BYTES,
  type UnixMs,
  type UnixSeconds,
} from '../../core/scalars.ts';
import { verifyText } from '../../core/sign.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { PassIssuer } from '../ports.ts';

/** An opened pass. */
export type Pass = {
  readonly issuer: PublicKey32;
  /** Issuer, subject and file in hex: keys of the tracker's maps. */
  readonly issuerHex: string;
  readonly subject: PublicKey32;
  readonly subjectHex: string;
  readonly file: Hash32;
  readonly fileHex: string;
  readonly expires: UnixSeconds;
};

const VERSION = 1;
const EXPIRES_BYTES = 4;
const EXPIRES_MAX = 2 ** 32 - 1;
const ISSUER_AT = 1;
const SUBJECT_AT = ISSUER_AT + PUBLIC_KEY_BYTES;
const FILE_AT = SUBJECT_AT + PUBLIC_KEY_BYTES;
const EXPIRES_AT = FILE_AT + HASH_BYTES;
const SIGNATURE_AT = EXPIRES_AT + EXPIRES_BYTES;
const PASS_BYTES = SIGNATURE_AT + SIGNATURE_BYTES;
/** 165 bytes are a multiple of three: no padding, no spare bits, one spelling per pass. */
const PASS_CHARACTERS = (PASS_BYTES / 3) * 4;
const SPELLING = /^[A-Za-z0-9_-]+$/;

assert(PASS_BYTES % 3 === 0, 'a pass has exactly one base64url spelling');
assert(PASS_CHARACTERS <= limits.passBytesMax, 'a pass keeps its limit');

/** What the issuer signs. @param chainId - 64 hex characters. */
export function passText(
  chainId: string,
  file: string,
  subject: string,
  issuer: string,
  expires: UnixSeconds,
) {
  return `digitallib:1:${chainId}:pass:${file}:${subject}:${issuer}:${expires}`;
}

/**
 * @param chainId - 64 hex characters.
 * @param expires - seconds since 1970, 32 bits.
 * @returns 220 characters of base64url.
 */
export function issue(
  issuer: PassIssuer,
  chainId: string,
  subject: PublicKey32,
  file: Hash32,
  expires: UnixSeconds,
): string {
  assert(isBytes(issuer.key, PUBLIC_KEY_BYTES), 'the issuer is a key');
  assert(isBytes(subject, PUBLIC_KEY_BYTES), 'the subject is a key');
  assert(isBytes(file, HASH_BYTES), 'the file is a hash');
  assert(Number.isInteger(expires) && expires >= 0 && expires <= EXPIRES_MAX, 'expires has 32 bits');
  const time = new Uint8Array(EXPIRES_BYTES);
  new DataView(time.buffer).setUint32(0, expires);
  const text = passText(chainId, toHex(file), toHex(subject), toHex(issuer.key), expires);
  const bytes = concat(Uint8Array.of(VERSION), issuer.key, subject, file, time, issuer.sign(text));
  const pass = base64url.baseEncode(bytes);
  assert(pass.length === PASS_CHARACTERS, 'a pass has its length');
  return pass;
}

/**
 * Reads and verifies a pass. The cheap checks stand before the signature (84 µs).
 * @param chainId - 64 hex characters.
 * @param mayVerify - asked before the signature is looked at.
 * @returns reject("pass.malformed" | "pass.expired" | "pass.forged"), or reject("tracker.full") when it may not.
 */
export function open(
  text: string,
  chainId: string,
  now: UnixMs,
  isMember: (key: PublicKey32) => boolean,
  mayVerify: () => boolean = () => true,
): Verdict<Pass> {
  const bytes = decode(text);
  if (bytes === undefined || bytes[0] !== VERSION) return reject('pass.malformed');
  const issuer = bytes.slice(ISSUER_AT, SUBJECT_AT);
  const subject = bytes.slice(SUBJECT_AT, FILE_AT);
  const file = bytes.slice(FILE_AT, EXPIRES_AT);
  const expires = new DataView(bytes.buffer, bytes.byteOffset).getUint32(EXPIRES_AT);
  if (isOver(expires, now)) return reject('pass.expired');
  if (!isMember(issuer)) return reject('pass.forged');
  if (!mayVerify()) return reject('tracker.full');
  const fileHex = toHex(file);
  const subjectHex = toHex(subject);
  const issuerHex = toHex(issuer);
  const signed = passText(chainId, fileHex, subjectHex, issuerHex, expires);
  if (!verifyText(issuer, signed, bytes.subarray(SIGNATURE_AT))) return reject('pass.forged');
  return accept({ issuer, issuerHex, subject, subjectHex, file, fileHex, expires });
}

/** Has the time of the pass passed? */
export function isOver(expires: UnixSeconds, now: UnixMs): boolean {
  return expires * 1_000 <= now;
}

function decode(text: string): Bytes | undefined {
  if (text.length !== PASS_CHARACTERS || !SPELLING.test(text)) return undefined;
  return base64url.baseDecode(text);
}
