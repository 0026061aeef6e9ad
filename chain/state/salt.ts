/**
 * Salts: 32 bytes that hide where the state keeps what is a person's, from everybody but the members. Proofs show hashes
 * of entries that nobody has asked for, and a hash over what can be guessed tells whoever guesses (docs/decisions/salts.md).
 */
import { concat, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, PublicKey32, Signature64 } from '../../core/scalars.ts';

const PURPOSE = utf8('digitallib/salt/1');

/** @param signature - of the member that sponsors what begins: a secret of the members. */
export function secretSalt(signature: Signature64): Hash32 {
  return sha256(concat(PURPOSE, signature));
}

/** Of an account that the genesis names. It hides nothing: whoever has the chain id knows it. */
export function publicSalt(chainId: Hash32, key: PublicKey32): Hash32 {
  return sha256(concat(PURPOSE, chainId, key));
}
