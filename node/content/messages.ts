/**
 * @pure What members say of files: which one is wanted at whose tracker, and who can show that it has read one.
 */
import { wantText } from '../../chain/kind/texts.ts';
import { type Bytes, concat, isBytes, toHex } from '../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import {
  HASH_BYTES,
  type Hash32,
  INFO_HASH_BYTES,
  type InfoHash20,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  SIGNATURE_BYTES,
  type Signature64,
  type UnixMs,
} from '../../core/scalars.ts';
import { signingHash } from '../../core/sign.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';

const WANT_BYTES_MAX = 256;

/**
 * A reader at one library's tracker wants a file that is not in its archive. `toldMs` lets it be said again, and by
 * another library: gossip passes the same bytes on once only.
 */
export type FileWant = {
  readonly file: Hash32;
  readonly infoHash: InfoHash20;
  readonly toldMs: UnixMs;
  /** The member at whose tracker it is wanted: its wants have a share of the places of others. */
  readonly by: PublicKey32;
};
export type SignedWant = FileWant & { readonly signature: Signature64 };

/** @returns 32 bytes: what the member signs. */
export function wantHash(chainId: Hash32, { file, infoHash, toldMs, by }: FileWant): Hash32 {
  const rest = sha256(encode({ file, infoHash, toldMs, by }));
  return signingHash(wantText(toHex(chainId), toHex(rest), toHex(by)));
}

export function encodeWant({ file, infoHash, toldMs, by, signature }: SignedWant): Bytes {
  return encode({ file, infoHash, toldMs, by, signature });
}

export function decodeWant(bytes: Bytes): Verdict<SignedWant> {
  const decoded = decode(bytes, WANT_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, ['file', 'infoHash', 'toldMs', 'by', 'signature']))
    return reject('codec.wrong-shape');
  const { file, infoHash, by, signature } = value;
  const toldMs = parseCount(value.toldMs);
  if (!isBytes(file, HASH_BYTES) || !isBytes(infoHash, INFO_HASH_BYTES) || toldMs === undefined) {
    return reject('codec.wrong-shape');
  }
  if (!isBytes(by, PUBLIC_KEY_BYTES) || !isBytes(signature, SIGNATURE_BYTES))
    return reject('codec.wrong-shape');
  return accept({ file, infoHash, toldMs, by, signature });
}

/** 32 bytes that the asker has drawn: what is shown is good for this question only. */
export const HOLDS_NONCE_BYTES = 32;
export type HoldsQuestion = { readonly hash: Hash32; readonly nonce: Bytes };

export function encodeHoldsQuestion({ hash, nonce }: HoldsQuestion): Bytes {
  return concat(hash, nonce);
}

/** @returns reject("codec.wrong-shape"). */
export function decodeHoldsQuestion(bytes: Bytes): Verdict<HoldsQuestion> {
  if (!isBytes(bytes, HASH_BYTES + HOLDS_NONCE_BYTES)) return reject('codec.wrong-shape');
  return accept({ hash: bytes.slice(0, HASH_BYTES), nonce: bytes.slice(HASH_BYTES) });
}

/** What is asked by the hash of a file alone, or answered by a hash. @returns reject("codec.wrong-shape"). */
export function decodeHash(bytes: Bytes): Verdict<Hash32> {
  return isBytes(bytes, HASH_BYTES) ? accept(bytes.slice()) : reject('codec.wrong-shape');
}
