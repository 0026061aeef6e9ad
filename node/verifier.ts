/**
 * Signatures checked off the event loop: the callback form of `crypto.verify` runs on the thread pool
 * (11,600 a second on two cores) and leaves the loop to votes and readers.
 */
import { type KeyObject, verify } from 'node:crypto';
import type { SignatureCheck } from '../chain/signing.ts';
import { toHex } from '../core/bytes.ts';
import { importPublicKey } from '../core/crypto-node.ts';
import { SIGNATURE_BYTES } from '../core/scalars.ts';
import { isAcceptableKey } from '../core/sign.ts';
import { Lru } from './lru.ts';

/** Do all of these signatures hold? The simulator has a synchronous twin. */
export type Verifier = { verify(checks: readonly SignatureCheck[]): Promise<boolean> };

/** Importing a key costs 20 µs and looking at it 100 µs, so the last ones stay at hand. */
const KEYS_MAX = 50_000;

export function createVerifier(): Verifier {
  const keys = new Lru<KeyObject>(KEYS_MAX);

  function keyOf(publicKey: Uint8Array): KeyObject | undefined {
    const name = toHex(publicKey);
    const known = keys.get(name);
    if (known !== undefined) return known;
    if (!isAcceptableKey(publicKey)) return undefined;
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
  };
}
