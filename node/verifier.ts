/**
 * Signatures checked off the event loop: the callback form of `crypto.verify` runs on the thread pool
 * (11,600 a second on two cores) and leaves the loop to votes and readers.
 */
import { type KeyObject, verify } from 'node:crypto';
import type { SignatureCheck } from '../chain/signing.ts';
import { toHex } from '../core/bytes.ts';
import { importPublicKey } from '../core/crypto-node.ts';
import { type Hash32, type PublicKey32, SIGNATURE_BYTES, type Signature64 } from '../core/scalars.ts';
import { passesForKey } from '../core/sign.ts';
import { Lru } from './lru.ts';

export type Verifier = {
  /** Do all of these signatures hold? Off the event loop. */
  verify(checks: readonly SignatureCheck[]): Promise<boolean>;
  /** Does this one hold? Here and now: for the few votes of consensus. */
  verifyNow(publicKey: PublicKey32, hash: Hash32, signature: Signature64): boolean;
};

/** Importing a key costs 20 µs, so the last ones stay at hand. */
const KEYS_MAX = 50_000;

export function createVerifier(): Verifier {
  const keys = new Lru<KeyObject>(KEYS_MAX);

  function keyOf(publicKey: Uint8Array): KeyObject | undefined {
    const name = toHex(publicKey);
    const known = keys.get(name);
    if (known !== undefined) return known;
    if (!passesForKey(publicKey)) return undefined;
    const key = importPublicKey(publicKey);
    keys.set(name, key);
    return key;
  }

  function verifyOne(check: SignatureCheck): Promise<boolean> {
    const key = keyOf(check.publicKey);
    if (key === undefined || check.signature.length !== SIGNATURE_BYTES) return Promise.resolve(false);
    return new Promise((resolve, fail) => {
      verify(null, check.hash, key, check.signature, (error, holds) =>
        error ? fail(error) : resolve(holds),
      );
    });
  }

  return {
    async verify(checks) {
      const verdicts = await Promise.all(checks.map(verifyOne));
      return verdicts.every((holds) => holds);
    },
    verifyNow(publicKey, hash, signature) {
      const key = keyOf(publicKey);
      return key !== undefined && signature.length === SIGNATURE_BYTES && verify(null, hash, key, signature);
    },
  };
}
