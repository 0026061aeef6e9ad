/**
 * Whoever can sign with one Ed25519 key (RFC 8032). The answer is a promise, for a key may lie where only the browser
 * reaches it. Ed25519 is deterministic: every signer of a key gives the same bytes for the same message.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, isBytes, toHex } from '../core/bytes.ts';
import { type PublicKey32, SEED_BYTES, type Seed32, type Signature64 } from '../core/scalars.ts';
import { publicKeyOf, signingHash, signMessage } from '../core/sign.ts';

export type Signer = {
  readonly key: PublicKey32;
  /** 64 hex characters: what the library knows of a reader. */
  readonly publicKey: string;
  /**
   * @param message - a text of the protocol, of which the SHA-256 is signed; or bytes, signed as they are. Bytes that others
   *   have chosen may be the SHA-256 of a text: sign none.
   * @returns 64 bytes.
   */
  sign(message: string | Bytes): Promise<Signature64>;
};

/** With the seed in memory: everywhere, and as safe as that memory. @param seed - 32 bytes; its owner may wipe them. */
export function signerOfSeed(seed: Seed32): Signer {
  assert(isBytes(seed, SEED_BYTES), 'a seed has 32 bytes');
  const secret = seed.slice();
  const key = publicKeyOf(secret);
  return {
    key,
    publicKey: toHex(key),
    sign: async (message) => signMessage(secret, signedBytes(message)),
  };
}

/** What is signed of a message. */
export function signedBytes(message: string | Bytes): Bytes {
  return typeof message === 'string' ? signingHash(message) : message;
}
