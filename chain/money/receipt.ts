/** Which payments have been credited: for life, so that none is credited twice. */
import { encode } from '../../core/codec.ts';
import type { Hash32, Height, PublicKey32 } from '../../core/scalars.ts';
import * as keys from '../state/keys.ts';
import type { Draft, StateView } from '../state/state.ts';

/** Receipts are each billing key's own: none can use up another's. */
export function hasReceipt(view: StateView, billing: PublicKey32, receipt: Hash32): boolean {
  return view.get(keys.receiptKey(billing, receipt)) !== undefined;
}

/** The stored value is the height of the block that credited the payment. */
export function putReceipt(draft: Draft, billing: PublicKey32, receipt: Hash32, height: Height): void {
  draft.put(keys.receiptKey(billing, receipt), encode(height));
}
