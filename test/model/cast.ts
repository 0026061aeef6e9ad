/** Who appears in the histories: libraries, readers, billing, and keys that nobody should take. */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign } from 'node:crypto';

/** The PKCS #8 of RFC 8410 is this and the 32 bytes of the seed. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export type Actor = { readonly name: string; readonly key: string };

const secrets = new Map<string, KeyObject>();

export const LIBRARIES = cast('library', 16);
export const READERS = cast('reader', 6);
export const BILLING = cast('billing', 2);
/** Good keys that nobody has registered at first. */
export const STRANGERS = cast('stranger', 3);
/** Of order 1, 2, 4 and 8; not canonical; not on the curve. */
export const BAD_KEYS: readonly string[] = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ff'.repeat(32),
  `02${'00'.repeat(31)}`,
];
export const FILES: readonly { readonly hash: string; readonly size: bigint }[] = [
  { hash: label('file 0', 32), size: 1_000n },
  { hash: label('file 1', 32), size: 65n },
  { hash: label('file 2', 32), size: 4_096n },
  { hash: label('file 3', 32), size: 300n },
  { hash: label('file 4', 32), size: 1_048_576n },
];
export const UNKNOWN_HASH = label('nobody has this', 32);
export const RECEIPTS: readonly string[] = [0, 1, 2, 3].map((number) => label(`receipt ${number}`, 32));

/** Every key that may come up, so that all can be asked for. */
export const KEYS: readonly string[] = [
  ...[...LIBRARIES, ...READERS, ...BILLING, ...STRANGERS].map(({ key }) => key),
  ...BAD_KEYS,
];

/** Four info hashes of this file; of `liar`, four others. */
export function infoHashesOf(file: string, liar = false): readonly string[] {
  return [1, 2, 3, 4].map((format) => label(`${format} ${file} ${liar}`, 20));
}

/** Bytes that are always the same for this text, as hex. */
export function label(text: string, bytes: number): string {
  return hash('sha512', text, 'hex').slice(0, 2 * bytes);
}

/** Signs the SHA-256 of a text. @throws when nobody here has that key. */
export function signText(key: string, text: string): string {
  return sign(null, hash('sha256', text, 'buffer'), secrets.get(key)!).toString('hex');
}

function cast(role: string, count: number): readonly Actor[] {
  return Array.from({ length: count }, (_, number) => {
    const name = `${role} ${number}`;
    const seed = Buffer.from(label(`seed of ${name}`, 32), 'hex');
    const secret = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' });
    const key = spki.subarray(-32).toString('hex');
    secrets.set(key, secret);
    return { name, key };
  });
}
