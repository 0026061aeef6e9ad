/** Who signs in an epoch, as far as this node's own chain tells: the present one, and every one before it. */
import type { Committee } from '../consensus/config.ts';
import type { Store } from '../core/ports.ts';
import { committeeAfter, type VerifySignature } from '../light/trusted.ts';
import { trustedState } from './epoch.ts';
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
  const authorities = epoch === 0 ? ledger.genesis.authorities : sealBefore(store, epoch)?.authorities;
  return authorities && { chainId: ledger.chainId, epoch, authorities, verify };
}
