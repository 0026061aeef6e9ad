/**
 * Is it the key of a reader who has paid, with bytes brought or bought? What a stranger can have for nothing is a
 * registered key, and what one token moves to the next key is a token: so it takes some bytes, of each key.
 */
import { account } from '../chain/queries.ts';
import type { StateView } from '../chain/state/state.ts';
import { limits } from '../core/limits.ts';
import type { PublicKey32 } from '../core/scalars.ts';

export function hasPaid(view: StateView, key: PublicKey32): boolean {
  const found = account(view, key);
  return found !== undefined && found.uploaded + found.downloaded >= BigInt(limits.paidBytesMin);
}
