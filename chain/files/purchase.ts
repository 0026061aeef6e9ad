/** Who has bought which file: for life. */
import { encode } from '../../core/codec.ts';
import type { Hash32, Height, PublicKey32 } from '../../core/scalars.ts';
import { saltOf, saltThere } from '../accounts/account.ts';
import * as keys from '../state/keys.ts';
import type { Draft, StateView } from '../state/state.ts';

export function hasPurchase(view: StateView, hash: Hash32, key: PublicKey32): boolean {
  const salt = saltOf(view, key);
  return salt !== undefined && view.get(keys.purchaseKey(hash, key, salt)) !== undefined;
}

/** The stored value is the height of the block that holds the purchase. */
export function putPurchase(draft: Draft, hash: Hash32, key: PublicKey32, height: Height): void {
  draft.put(keys.purchaseKey(hash, key, saltThere(draft, key)), encode(height));
}
