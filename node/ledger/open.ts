/** The ledger of this node as its disk has it: blocks, the state after the last final one, and what waits on top of it. */
import type { Genesis } from '../../chain/block/genesis.ts';
import type { Store } from '../../core/ports.ts';
import type { Checkpoint } from '../../light/checkpoint.ts';
import type { Protocol } from '../peers/protocol.ts';
import { BlockStore, type Cached } from './block-store.ts';
import { Ledger } from './ledger.ts';
import { serveChain } from './server.ts';

export type LedgerOptions = {
  readonly genesis: Genesis;
  readonly statesKept: number;
  readonly cached?: Cached;
  /** What the operator has heard from a person: this block stands at this height. */
  readonly checkpoint?: Checkpoint | undefined;
};

/** @param store - started. @throws Fault("config.invalid" | "ledger.other-chain"). */
export async function openLedger(
  store: Store,
  { genesis, statesKept, cached, checkpoint }: LedgerOptions,
): Promise<{ readonly ledger: Ledger; readonly protocols: readonly Protocol[] }> {
  const ledger = await Ledger.open(new BlockStore(store, statesKept, cached), genesis, checkpoint);
  await ledger.restorePending();
  return { ledger, protocols: serveChain(ledger) };
}
