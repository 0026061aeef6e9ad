/** Who signs in an epoch, as far as this node's own chain tells: the present one, and every one before it. */
import type { State } from '../../chain/block/execute.ts';
import { authorities } from '../../chain/queries.ts';
import type { Committee } from '../../consensus/config.ts';
import { compareBytes } from '../../core/bytes.ts';
import type { Store } from '../../core/ports.ts';
import { committeeAfter, type Trusted, type VerifySignature } from '../../light/trusted.ts';
import type { Ledger } from './ledger.ts';
import { sealBefore } from './seals.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly store: Pick<Store, 'get'>;
  readonly verify: VerifySignature;
};

/** @returns undefined for an epoch that has not begun here. */
export function committeeOf({ ledger, store, verify }: Ports, epoch: number): Committee | undefined {
  const now = committeeAfter(trustedState(ledger.head()), verify);
  if (epoch >= now.epoch) return epoch === now.epoch ? now : undefined;
  const keys = epoch === 0 ? ledger.genesis.authorities : sealBefore(store, epoch)?.authorities;
  return keys && { chainId: ledger.chainId, epoch, authorities: keys, verify };
}

/** Our own head is what we trust: in the form in which an outsider trusts a header. */
export function trustedState({ header, hash, view }: State): Trusted {
  return { header, hash, authorities: [...authorities(view)].sort(compareBytes) };
}
