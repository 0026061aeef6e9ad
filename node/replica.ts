/**
 * The rooms that keep the ledger with the others, opened one after the other: ledger, mempool, engine, sync, peers.
 * Portable: everything they touch is a port, so that the simulator runs this very code in virtual time. The order in
 * which they are told of commits and of new lines, start and stop, is part of what the simulator has judged.
 */
import { members } from '../chain/queries.ts';
import type { Evidence } from '../consensus/messages.ts';
import type { Clock, Log, MemberAddress, Network, PeerKey, Random, Store } from '../core/ports.ts';
import type { VerifySignature } from '../light/trusted.ts';
import type { Watermark } from './engine/amnesia/watermark.ts';
import { type EngineOptions, type EngineRoom, openEngine } from './engine/open.ts';
import type { Ledger } from './ledger/ledger.ts';
import { type LedgerOptions, openLedger } from './ledger/open.ts';
import { type Mempool, openMempool } from './mempool/open.ts';
import { openPeers, type Peers } from './peers/open.ts';
import type { Identity } from './process/identity.ts';
import type { Part } from './process/lifecycle.ts';
import type { Verifier } from './process/verifier.ts';
import type { Yield } from './process/yield.ts';
import { openSync, type SyncRoom } from './sync/open.ts';
import type { Lag } from './sync/snapshot/trigger.ts';

export type ReplicaPorts = {
  /** Started. */
  readonly store: Store;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly verifier: Verifier;
  readonly identity: Identity;
  /** Outlives the store (engine/amnesia/watermark.ts). Without one the journal alone is believed. */
  readonly watermark?: Watermark | undefined;
  /** May a state be fetched instead of blocks? Then nothing more is synchronised (sync/sync.ts). */
  lag?(peer: PeerKey, lag: Lag): Promise<boolean>;
  accused(evidence: Evidence): void;
  /** Instead of a turn for others at every step of long work. */
  yieldToLoop?: Yield;
  /** The disk failed, or we did: stop before harm is done. */
  failed(error: unknown): void;
};
export type ReplicaOptions = LedgerOptions &
  EngineOptions & {
    /** Peers that the operator has named, beside the members that the ledger knows. */
    readonly peers?: readonly MemberAddress[];
  };

export type Replica = Pick<Mempool, 'pool' | 'submission'> &
  Pick<EngineRoom, 'engine' | 'evidence' | 'attendance'> &
  Pick<SyncRoom, 'sync' | 'checkpoint'> & {
    readonly ledger: Ledger;
    /** Other rooms put their rows in here before the network starts. */
    readonly peers: Peers;
    /** In the order in which they start. */
    readonly parts: readonly Part[];
  };

/** @throws Fault("config.invalid" | "ledger.forked" | "ledger.other-chain"). */
export async function openReplica(ports: ReplicaPorts, options: ReplicaOptions): Promise<Replica> {
  const { store, network, clock, random, log, verifier, identity, lag, failed } = ports;
  const verify: VerifySignature = (publicKey, hash, signature) =>
    verifier.verifyNow(publicKey, hash, signature);
  const yieldToLoop = ports.yieldToLoop ?? (() => new Promise<void>((resolve) => clock.after(0, resolve)));
  const { ledger, protocols } = await openLedger(store, options);
  const base = {
    ledger,
    store,
    network,
    clock,
    random,
    log,
    verifier,
    identity,
    verify,
    yieldToLoop,
    failed,
  };

  const mempool: Mempool = openMempool({ ...base, pooled: () => engine.poke() });
  const voting: EngineRoom = openEngine(
    {
      ...base,
      mempool,
      watermark: ports.watermark,
      behind: () => sync.missing(),
      accused: (evidence) => ports.accused(evidence),
    },
    options,
  );
  const { engine, recovery, evidence } = voting;
  const following: SyncRoom = openSync(
    { ...base, engine, checker: mempool.checker, lag },
    options.checkpoint,
  );
  const { sync } = following;
  const peers = openPeers(
    {
      ...base,
      members: () => members(ledger.head().view),
      frame: (from, bytes) => engine.frame(from, bytes),
    },
    options.peers ?? [],
  );
  ledger.onCommit((_, events) => {
    if (events.some(({ kind }) => kind === 'members-changed')) peers.membersChanged();
  });
  for (const room of [protocols, mempool.protocols, voting.protocols, following.protocols]) peers.serve(room);
  for (const part of [engine, sync, recovery, evidence]) peers.onConnected((peer) => part.connected(peer));

  return {
    ...{ ledger, engine, evidence, sync, peers },
    ...{ pool: mempool.pool, submission: mempool.submission },
    ...{ attendance: voting.attendance, checkpoint: following.checkpoint },
    parts: [...voting.early, ...peers.parts, ...voting.late, ...following.parts, ...mempool.parts],
  };
}
