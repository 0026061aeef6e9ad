/** Who this node is to the others: the key of its entry on the ledger, and the hand that signs with it. */
import { createSigner } from '../../core/crypto-node.ts';
import type { Hash32, PublicKey32, Seed32, Signature64 } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';

export type Identity = { readonly publicKey: PublicKey32; readonly sign: (hash: Hash32) => Signature64 };

export function identityOf(seed: Seed32): Identity {
  return { publicKey: publicKeyOf(seed), sign: createSigner(seed) };
}
