/**
 * A key that lies sealed under a passphrase: JSON, every byte string in hex. The key of AES-256-GCM comes from scrypt
 * (RFC 7914); the public key is authenticated with it. For browsers and Node; who writes it to a disk sees to its mode.
 */
import { scryptAsync } from '@noble/hashes/scrypt.js';
import { assert } from '../core/assert.ts';
import { type Bytes, equalBytes, fromHex, isBytes, toHex, utf8 } from '../core/bytes.ts';
import { keys as limits } from '../core/limits/keys.ts';
import { PUBLIC_KEY_BYTES, type PublicKey32, SEED_BYTES, type Seed32 } from '../core/scalars.ts';
import { publicKeyOf } from '../core/sign.ts';
import { KeyError } from './key-error.ts';
import { type CryptoKey, own } from './web-crypto.ts';

export type KeyFile = {
  readonly digitallib: 'key';
  readonly version: 1;
  /** 64 hex characters: for anybody to see whose it is. */
  readonly public_key: string;
  readonly kdf: { readonly name: 'scrypt'; readonly salt: string } & Cost;
  readonly iv: string;
  /** The seed and 16 bytes by which a change is found out. */
  readonly secret: string;
};
type Cost = { readonly n: number; readonly r: number; readonly p: number };

const VERSION = 1;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** 128 MiB, and a fraction of a second. */
const COST: Cost = { n: 131_072, r: 8, p: 1 };

/** @param random - gives so many bytes from a cryptographic source of chance. @throws KeyError("passphrase.empty"). */
export async function sealKey(
  seed: Seed32,
  passphrase: string,
  random: (length: number) => Bytes = (length) => crypto.getRandomValues(new Uint8Array(length)),
): Promise<KeyFile> {
  assert(isBytes(seed, SEED_BYTES), 'a seed has 32 bytes');
  const publicKey = publicKeyOf(seed);
  const [salt, iv] = [random(SALT_BYTES), random(IV_BYTES)];
  const key = await keyOf(passphrase, salt, COST);
  const secret = await crypto.subtle.encrypt(sealing(iv, publicKey), key, own(seed));
  return {
    digitallib: 'key',
    version: VERSION,
    public_key: toHex(publicKey),
    kdf: { name: 'scrypt', ...COST, salt: toHex(salt) },
    iv: toHex(iv),
    secret: toHex(new Uint8Array(secret)),
  };
}

/** Does the text mean to be a key file? A key in hex does not. */
export function isKeyFile(text: string): boolean {
  return text.trimStart().startsWith('{');
}

/** The file as it stands, without opening it. @throws KeyError: malformed, of another version, or too costly to open. */
export function readKeyFile(text: string): KeyFile {
  if (text.length > limits.keyFileBytesMax) throw malformed('it is longer than a key file');
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
  if (!isObject(read) || read.digitallib !== 'key') throw malformed('"digitallib" is not "key"');
  if (read.version !== VERSION) {
    throw new KeyError('key-file.version', `this program reads key files of version ${VERSION}`);
  }
  const { public_key, kdf, iv, secret } = read;
  if (!isObject(kdf) || kdf.name !== 'scrypt') throw malformed('"kdf" is not of scrypt');
  const { n, r, p, salt } = kdf;
  if (!isWhole(n) || !isWhole(r) || !isWhole(p)) throw malformed('n, r and p of "kdf" are whole numbers');
  if (n > limits.scryptNMax || r > limits.scryptRMax || p > limits.scryptPMax) {
    const most = `n ≤ ${limits.scryptNMax}, r ≤ ${limits.scryptRMax}, p ≤ ${limits.scryptPMax}`;
    throw new KeyError('key-file.too-costly', `to open it would cost too much: ${most}`);
  }
  if (n < 2 || (n & (n - 1)) !== 0) throw malformed('n of "kdf" is no power of two');
  const fields: readonly (readonly [string, unknown, number])[] = [
    ['public_key', public_key, PUBLIC_KEY_BYTES],
    ['salt', salt, SALT_BYTES],
    ['iv', iv, IV_BYTES],
    ['secret', secret, SEED_BYTES + TAG_BYTES],
  ];
  for (const [name, value, length] of fields) {
    if (typeof value === 'string' && fromHex(value, length) !== undefined) continue;
    throw malformed(`"${name}" is not ${2 * length} digits of lower-case hex`);
  }
  return read as unknown as KeyFile;
}

/**
 * @throws KeyError as `readKeyFile`; "key-file.locked": the passphrase is wrong, or a field was changed, which AES-GCM cannot
 * tell apart; "key-file.foreign": what is in it is not the secret half of the key that it names.
 */
export async function openKeyFile(text: string, passphrase: string): Promise<Seed32> {
  const { public_key, kdf, iv, secret } = readKeyFile(text);
  const [publicKey, salt, nonce, sealed] = [public_key, kdf.salt, iv, secret].map((hex) => fromHex(hex)!);
  const key = await keyOf(passphrase, salt!, kdf);
  let opened: ArrayBuffer;
  try {
    opened = await crypto.subtle.decrypt(sealing(nonce!, publicKey!), key, own(sealed!));
  } catch {
    throw new KeyError('key-file.locked', 'the passphrase is wrong, or the key file was changed');
  }
  const seed = new Uint8Array(opened);
  if (equalBytes(publicKeyOf(seed), publicKey!)) return seed;
  throw new KeyError('key-file.foreign', 'what is in the key file does not belong to the key that it names');
}

/** As a person types it is not always the same bytes: NFC. */
async function keyOf(passphrase: string, salt: Bytes, { n, r, p }: Cost): Promise<CryptoKey> {
  if (passphrase === '') throw new KeyError('passphrase.empty', 'a passphrase is needed');
  const bits = await scryptAsync(utf8(passphrase.normalize('NFC')), salt, {
    ...{ N: n, r, p, dkLen: 32 },
    maxmem: 128 * limits.scryptRMax * (limits.scryptNMax + limits.scryptPMax + 1),
  });
  const key = await crypto.subtle.importKey('raw', own(bits), 'AES-GCM', false, ['encrypt', 'decrypt']);
  bits.fill(0);
  return key;
}

function sealing(iv: Bytes, publicKey: PublicKey32) {
  return { name: 'AES-GCM', iv: own(iv), additionalData: own(publicKey) };
}

function malformed(why: string): KeyError {
  return new KeyError('key-file.malformed', `this is no key file: ${why}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
