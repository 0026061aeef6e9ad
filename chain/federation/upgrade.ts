/** The version of the rules that the authorities have agreed upon, in the state. */
import { decodeOwn, encode } from '../../core/codec.ts';
import type { Height } from '../../core/scalars.ts';
import * as keys from '../state/keys.ts';
import type { Draft, StateView } from '../state/state.ts';

export type Upgrade = { readonly height: Height; readonly version: number };

/** The last upgrade that was agreed upon, past or to come. */
export function upgrade(view: StateView): Upgrade | undefined {
  const bytes = view.get(keys.UPGRADE);
  return bytes && decodeOwn<Upgrade>(bytes);
}

export function putUpgrade(draft: Draft, { height, version }: Upgrade): void {
  draft.put(keys.UPGRADE, encode({ height, version }));
}
