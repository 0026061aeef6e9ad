/**
 * One secret from which all keys of a person grow: HKDF with SHA-256 (RFC 5869) over the 64 bytes that 24 words give, with a
 * purpose as its info. Key `i` of the ledger has `ledger:<i>`; what else needs keys takes another purpose beside it.
 * Source: docs/decisions/keys.md.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, isBytes, utf8 } from '../core/bytes.ts';
import { SEED_BYTES, type Seed32 } from '../core/scalars.ts';
import { type CryptoKey, own } from './web-crypto.ts';
import { type WebSigner, webSignerOfSeed } from './web-signer.ts';

export type Root = {
  /** No program reads it, and it can be kept in IndexedDB; it comes back by `rootOfKey`. */
  readonly key: CryptoKey;
  /**
   * For whatever is no key of the ledger, for example `storage:0`. @param purpose - a name, a colon, a number.
   * @param length - in bytes, at most 64. @returns the bytes themselves: whoever holds the root can have them.
   */
  derive(purpose: string, length: number): Promise<Bytes>;
  /** The seed of key `index` of the ledger, for where WebCrypto has no Ed25519, or for a backup. */
  seed(index?: number): Promise<Seed32>;
  /**
   * Key `index` of the ledger, as a key that cannot be exported. WebCrypto can derive bits but no Ed25519 key, so its 32 bytes
   * are in memory from the derivation to the import, and are wiped then.
   */
  signer(index?: number): Promise<WebSigner>;
};

const SALT = utf8('digitallib:1');
const ROOT_BYTES = 64;
const DERIVED_BYTES_MAX = 64;
const INDEX_MAX = 2 ** 31 - 1;
/** Lower case, so that one purpose has one spelling. */
const PURPOSE = /^[a-z][a-z0-9-]{0,31}:(0|[1-9][0-9]{0,9})$/;

/** @param secret - 64 bytes, as `rootOfWords` has them; its owner may wipe them. */
export async function rootOfSecret(secret: Bytes): Promise<Root> {
  assert(isBytes(secret, ROOT_BYTES), 'a root has 64 bytes');
  const copy = own(secret);
  try {
    return rootOfKey(await crypto.subtle.importKey('raw', copy, 'HKDF', false, ['deriveBits']));
  } finally {
    copy.fill(0);
  }
}

/** @param key - that was the `key` of a root. */
export function rootOfKey(key: CryptoKey): Root {
  assert(key.algorithm.name === 'HKDF' && key.usages.includes('deriveBits'), 'a key of HKDF');
  async function derive(purpose: string, length: number): Promise<Bytes> {
    assert(PURPOSE.test(purpose), 'a purpose is a name, a colon and a number');
    assert(Number.isInteger(length) && length > 0 && length <= DERIVED_BYTES_MAX, 'at most 64 bytes');
    const how = { name: 'HKDF', hash: 'SHA-256', salt: own(SALT), info: own(utf8(purpose)) };
    return new Uint8Array(await crypto.subtle.deriveBits(how, key, 8 * length));
  }
  async function seed(index = 0): Promise<Seed32> {
    assert(Number.isInteger(index) && index >= 0 && index <= INDEX_MAX, 'a key has a number from 0');
    return derive(`ledger:${index}`, SEED_BYTES);
  }
  return {
    key,
    derive,
    seed,
    async signer(index) {
      const secret = await seed(index);
      try {
        return await webSignerOfSeed(secret);
      } finally {
        secret.fill(0);
      }
    },
  };
}
