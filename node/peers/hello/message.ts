/**
 * @pure What a node says of itself to another: which chain, which key, which process, and which other processes with
 * the same key it has heard of. The signature binds all of it, so that a member can pass it on and change nothing.
 */
import { helloText } from '../../../chain/kind/texts.ts';
import { type Bytes, isBytes, toHex } from '../../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../../core/codec.ts';
import { sha256 } from '../../../core/hash.ts';
import { limits } from '../../../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  type Height,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  SIGNATURE_BYTES,
  type Signature64,
  type UnixMs,
} from '../../../core/scalars.ts';
import { signingHash } from '../../../core/sign.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';

/** What names a process: drawn when it starts, 16 bytes. */
export type Boot = Bytes;
export const BOOT_BYTES = 16;

export type Unsigned = {
  readonly chain: Hash32;
  readonly key: PublicKey32;
  readonly boot: Boot;
  /** Other processes with this key, at most four. */
  readonly heard: readonly Boot[];
  readonly time: UnixMs;
  readonly height: Height;
  /** The newest version of the rules that this program knows. */
  readonly rules: number;
  /** For people: the version of the program. */
  readonly program: string;
};
export type Hello = Unsigned & { readonly signature: Signature64 };

/** @returns 32 bytes: what the key signs. */
export function hashToSign(hello: Unsigned): Hash32 {
  const rest = encode(mapOf(hello));
  return signingHash(helloText(toHex(hello.chain), toHex(sha256(rest)), toHex(hello.key)));
}

export function encodeHello(hello: Hello): Bytes {
  return encode({ ...mapOf(hello), signature: hello.signature });
}

/** @returns reject("codec.…"). Whether the signature holds is the caller's to ask. */
export function decodeHello(bytes: Bytes): Verdict<Hello> {
  const decoded = decode(bytes, limits.helloBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, FIELDS)) return reject('codec.wrong-shape');
  const { v, chain, key, boot, heard, program, signature } = value;
  const [time, height, rules] = [value.time, value.height, value.rules].map(parseCount);
  if (time === undefined || height === undefined || rules === undefined) return reject('codec.wrong-shape');
  if (v !== VERSION || !isBytes(chain, HASH_BYTES) || !isBytes(key, PUBLIC_KEY_BYTES)) {
    return reject('codec.wrong-shape');
  }
  if (!isBytes(boot, BOOT_BYTES) || !isBytes(signature, SIGNATURE_BYTES) || typeof program !== 'string') {
    return reject('codec.wrong-shape');
  }
  if (!Array.isArray(heard) || heard.length > limits.bootsHeardMax) return reject('codec.wrong-shape');
  if (!heard.every((one): one is Boot => isBytes(one, BOOT_BYTES))) return reject('codec.wrong-shape');
  return accept({ chain, key, boot, heard, time, height, rules, program, signature });
}

export type HelloAnswer = {
  readonly own: Hello;
  /** Of the asker's key, with other boots. */
  readonly seen: readonly Hello[];
};

export function encodeAnswer({ own, seen }: HelloAnswer): Bytes {
  return encode({ own: encodeHello(own), seen: seen.map(encodeHello) });
}

/** @returns reject("codec.…"). */
export function decodeAnswer(bytes: Bytes): Verdict<HelloAnswer> {
  const decoded = decode(bytes, limits.helloBytesMax * (limits.bootsHeardMax + 1));
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['own', 'seen'])) return reject('codec.wrong-shape');
  const { own, seen } = decoded.value;
  if (!(own instanceof Uint8Array) || !Array.isArray(seen) || seen.length > limits.bootsHeardMax) {
    return reject('codec.wrong-shape');
  }
  const first = decodeHello(own);
  if (first.kind !== 'accept') return first;
  const others: Hello[] = [];
  for (const one of seen as unknown[]) {
    const other = one instanceof Uint8Array ? decodeHello(one) : reject('codec.wrong-shape');
    if (other.kind !== 'accept') return other;
    others.push(other.value);
  }
  return accept({ own: first.value, seen: others });
}

const VERSION = 1;
const FIELDS = [
  'v',
  'chain',
  'key',
  'boot',
  'heard',
  'time',
  'height',
  'rules',
  'program',
  'signature',
] as const;

function mapOf({ chain, key, boot, heard, time, height, rules, program }: Unsigned) {
  return { v: VERSION, chain, key, boot, heard, time, height, rules, program };
}
