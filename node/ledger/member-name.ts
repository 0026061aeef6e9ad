/** @pure How people call a key: the name of the library in the ledger. */
import { member } from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { toHex } from '../../core/bytes.ts';
import type { PublicKey32 } from '../../core/scalars.ts';

/** @returns the beginning of the key for one that is no member any more. */
export function nameOf(view: StateView, key: PublicKey32): string {
  return member(view, key)?.name ?? `${toHex(key).slice(0, 8)}…`;
}
