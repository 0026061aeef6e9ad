/**
 * Who signs in the simulator. Keys are real points of the curve, since the ledger looks at them; signatures are real
 * for some seeds, and for the others a keyed hash that costs a hundredth. Nobody in here forges one: the secret of
 * a key is known to this file alone, and an adversary signs with its own.
 */
import { assert } from '../../core/assert.ts';
import { type Bytes, concat, equalBytes, toHex, utf8 } from '../../core/bytes.ts';
import { ed25519Sign } from '../../core/crypto-node.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, PublicKey32, Seed32, Signature64 } from '../../core/scalars.ts';
import { publicKeyOf, verifyHash } from '../../core/sign.ts';

export type Signatures = {
  sign(publicKey: PublicKey32, hash: Hash32): Signature64;
  verify(publicKey: PublicKey32, hash: Hash32, signature: Signature64): boolean;
};

const KEYS = new Map<string, PublicKey32>();
const SECRETS = new Map<string, Seed32>();

/** The key of a name: made once, the same in every run. */
export function keyOf(name: string): PublicKey32 {
  const known = KEYS.get(name);
  if (known !== undefined) return known;
  const secret = sha256(utf8(`simulated ${name}`));
  const key = publicKeyOf(secret);
  KEYS.set(name, key);
  SECRETS.set(toHex(key), secret);
  return key;
}

export const realSignatures: Signatures = {
  sign: (publicKey, hash) => ed25519Sign(secretOf(publicKey), hash),
  verify: verifyHash,
};

export const fakeSignatures: Signatures = {
  sign: (publicKey, hash) => fake(secretOf(publicKey), publicKey, hash),
  verify(publicKey, hash, signature) {
    const secret = SECRETS.get(toHex(publicKey));
    return secret !== undefined && equalBytes(signature, fake(secret, publicKey, hash));
  },
};

function fake(secret: Seed32, publicKey: PublicKey32, hash: Hash32): Bytes {
  return concat(sha256(concat(secret, hash)), publicKey);
}

function secretOf(publicKey: PublicKey32): Seed32 {
  const secret = SECRETS.get(toHex(publicKey));
  assert(secret !== undefined, 'the simulator signs with keys that it made');
  return secret;
}
