/**
 * Signing by WebCrypto, with a key that no program reads: in browsers, where the `CryptoKey` can be kept in IndexedDB, and in
 * Node. It protects against whoever reads what a page has stored or holds in memory; not against a script in the page, which
 * can sign as long as it runs. Source: docs/decisions/keys.md.
 */
import { assert } from '../core/assert.ts';
import { isBytes, toHex } from '../core/bytes.ts';
import { PUBLIC_KEY_BYTES, type PublicKey32, SEED_BYTES, type Seed32 } from '../core/scalars.ts';
import { publicKeyOf } from '../core/sign.ts';
import { pkcs8OfSeed } from './pkcs8.ts';
import { type Signer, signedBytes } from './signer.ts';
import { type CryptoKey, own } from './web-crypto.ts';

/** `privateKey` can be kept where the browser keeps structured data; it comes back by `signerOfKey`. */
export type WebSigner = Signer & { readonly privateKey: CryptoKey };

/** @param privateKey - Ed25519, for signing. @param publicKey - that belongs to it: WebCrypto tells it of no such key. */
export function signerOfKey(privateKey: CryptoKey, publicKey: PublicKey32): WebSigner {
  assert(privateKey.algorithm.name === 'Ed25519' && privateKey.type === 'private', 'a private Ed25519 key');
  assert(isBytes(publicKey, PUBLIC_KEY_BYTES), 'a public key has 32 bytes');
  const key = publicKey.slice();
  return {
    key,
    publicKey: toHex(key),
    privateKey,
    sign: async (message) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, own(signedBytes(message)))),
  };
}

/**
 * Imports the seed as a key that cannot be exported. The caller still holds the seed, and may wipe it; the copies made here
 * are wiped. Rejects where WebCrypto has no Ed25519 (browsers before 2025): there is `signerOfSeed`.
 */
export async function webSignerOfSeed(seed: Seed32): Promise<WebSigner> {
  assert(isBytes(seed, SEED_BYTES), 'a seed has 32 bytes');
  const publicKey = publicKeyOf(seed);
  const der = own(pkcs8OfSeed(seed));
  try {
    const privateKey = await crypto.subtle.importKey('pkcs8', der, 'Ed25519', false, ['sign']);
    return signerOfKey(privateKey, publicKey);
  } finally {
    der.fill(0);
  }
}
