/**
 * Getting to where the others are, by blocks or by a state, and seeing whether there is a second history: what members
 * give for final is taken, or is the reason to stop.
 */
import type { Bytes } from '../../core/bytes.ts';
import type { Clock, Log, Network, PeerKey, Store } from '../../core/ports.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { Checkpoint } from '../../light/checkpoint.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { nameOf } from '../ledger/member-name.ts';
import { decodeHead } from '../ledger/messages.ts';
import type { TransactionChecker } from '../mempool/transaction-checker.ts';
import type { Protocol } from '../peers/protocol.ts';
import { HEAD_TOPIC } from '../peers/protocol-names.ts';
import type { Part } from '../process/lifecycle.ts';
import type { Yield } from '../process/yield.ts';
import { CheckpointWatch } from './checkpoint-watch.ts';
import { ForkWatch } from './fork-watch.ts';
import type { Lag } from './snapshot/trigger.ts';
import { Sync } from './sync.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly checker: TransactionChecker;
  readonly store: Store;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly verify: VerifySignature;
  readonly yieldToLoop: Yield;
  /** May a state be fetched instead of blocks? Then nothing more is synchronised (sync.ts). */
  readonly lag?: ((peer: PeerKey, lag: Lag) => Promise<boolean>) | undefined;
  failed(error: unknown): void;
};

export type SyncRoom = {
  readonly sync: Sync;
  readonly checkpoint: CheckpointWatch;
  readonly protocols: readonly Protocol[];
  readonly parts: readonly Part[];
};

/** @throws Fault("ledger.forked") when two histories were found before, and nobody has said which one is right. */
export function openSync(ports: Ports, named: Checkpoint | undefined): SyncRoom {
  const { ledger, engine, checker, store, network, clock, log, verify, yieldToLoop, lag, failed } = ports;
  const forks = new ForkWatch({ ledger, store, verify, log, failed, yieldToLoop, checkpoint: named });
  forks.open();
  const checkpoint = new CheckpointWatch({
    ...{ checkpoint: named, log },
    height: () => ledger.head().header.height,
    nameOf: (key) => nameOf(ledger.head().view, key),
  });
  const sync = new Sync({
    ...{ ledger, engine, network, checker, verify, clock, log, yieldToLoop, checkpoint, failed },
    otherChain: (run) => forks.look(run),
    ...(lag && { lag }),
  });
  return {
    ...{ sync, checkpoint },
    protocols: [{ topic: HEAD_TOPIC, cost: 1, receive: (from, bytes) => hearHead(sync, from, bytes) }],
    parts: [{ name: 'sync', start: () => sync.start(), stop: () => sync.stop() }],
  };
}

function hearHead(sync: Sync, from: PeerKey, bytes: Bytes): Verdict {
  const head = decodeHead(bytes);
  if (head.kind !== 'accept') return head;
  sync.heard(head.value, from);
  return accept();
}
