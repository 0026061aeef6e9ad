/**
 * The part of a node that keeps the ledger with the others: pool, relay, engine, synchronisation, and the doors
 * to them. Portable: everything it touches is a port, so that the simulator runs this very code in virtual time.
 */
import type { Genesis } from '../chain/block/genesis.ts';
import { members } from '../chain/queries.ts';
import type { Evidence } from '../consensus/messages.ts';
import type { Clock, Log, MemberAddress, Network, PeerKey, Random, Store } from '../core/ports.ts';
import { accept, type Verdict } from '../core/verdict.ts';
import type { Checkpoint } from '../light/checkpoint.ts';
import type { VerifySignature } from '../light/trusted.ts';
import { openJournal } from '../store/journal.ts';
import { journalPrefix } from '../store/keyspaces.ts';
import { Memory } from './engine/amnesia/amnesia.ts';
import { Inquiry } from './engine/amnesia/inquiry.ts';
import type { Watermark } from './engine/amnesia/watermark.ts';
import { Attendance } from './engine/attendance.ts';
import { Bodies } from './engine/bodies.ts';
import { Engine } from './engine/engine.ts';
import { EvidenceKeeper } from './engine/evidence-keeper.ts';
import { engineProtocols } from './engine/protocols.ts';
import { Validator } from './engine/validator.ts';
import { BlockStore, type Cached } from './ledger/block-store.ts';
import { Ledger } from './ledger/ledger.ts';
import { nameOf } from './ledger/member-name.ts';
import { decodeHead } from './ledger/messages.ts';
import { serveChain } from './ledger/server.ts';
import { Pool } from './mempool/pool.ts';
import { Recheck } from './mempool/recheck.ts';
import { Relay } from './mempool/relay.ts';
import { Submission } from './mempool/submission.ts';
import { TransactionChecker } from './mempool/transaction-checker.ts';
import { openPeers, type Peers } from './peers/open.ts';
import type { Hearing } from './peers/protocol.ts';
import { HEAD_TOPIC } from './peers/protocol-names.ts';
import type { Breathe } from './process/breath.ts';
import type { Identity } from './process/identity.ts';
import type { Part } from './process/lifecycle.ts';
import type { Verifier } from './process/verifier.ts';
import { CheckpointWatch } from './sync/checkpoint-watch.ts';
import { ForkWatch } from './sync/fork-watch.ts';
import type { Lag } from './sync/snapshot/wish.ts';
import { Sync } from './sync/sync.ts';

export type ReplicaPorts = {
  /** Started. */
  readonly store: Store;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly verifier: Verifier;
  readonly identity: Identity;
  /** Outlives the store: see node/engine/amnesia/watermark.ts. Without one the journal alone is believed. */
  readonly watermark?: Watermark | undefined;
  /** May a state be fetched instead of blocks? Then nothing more is synchronised. See node/sync/sync.ts. */
  lag?(peer: PeerKey, lag: Lag): Promise<boolean>;
  accused(evidence: Evidence): void;
  /** Instead of a turn for others at every step of long work. */
  breathe?: Breathe;
  /** The disk failed, or we did: stop before harm is done. */
  failed(error: unknown): void;
};
export type ReplicaOptions = {
  readonly genesis: Genesis;
  readonly deltaMs: number;
  readonly statesKept: number;
  readonly cached?: Cached;
  /** Peers that the operator has named, beside the members that the ledger knows. */
  readonly peers?: readonly MemberAddress[];
  /** The operator's word that this key contradicts nothing, should the node not know (docs/decisions/amnesia.md). */
  readonly signAfterAmnesia?: boolean;
  /** What the operator has heard from a person: this block stands at this height. */
  readonly checkpoint?: Checkpoint | undefined;
};

export type Replica = {
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly engine: Engine;
  readonly sync: Sync;
  readonly submission: Submission;
  readonly evidence: EvidenceKeeper;
  readonly checkpoint: CheckpointWatch;
  /** Which authorities speak. */
  readonly attendance: Attendance;
  /** What members say of other things, rooms above take part in: their rows go in here before the parts start. */
  readonly peers: Peers;
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

/** @throws Fault("config.invalid" | "ledger.forked" | "ledger.other-chain"). */
export async function openReplica(ports: ReplicaPorts, options: ReplicaOptions): Promise<Replica> {
  const { store, network, clock, random, log, verifier, identity, failed } = ports;
  const verify: VerifySignature = (publicKey, hash, signature) =>
    verifier.verifyNow(publicKey, hash, signature);
  const blocks = new BlockStore(store, options.statesKept, options.cached);
  const ledger = await Ledger.open(blocks, options.genesis, options.checkpoint);
  await ledger.restorePending();

  const pool = new Pool();
  const pooled = (): void => engine.poke();
  const checker = new TransactionChecker({ chainId: ledger.chainId, pool, verifier });
  const bodies = new Bodies({ network, clock });
  const breathe = ports.breathe ?? (() => new Promise<void>((resolve) => clock.after(0, resolve)));
  const forks = new ForkWatch({
    ledger,
    store,
    verify,
    log,
    failed,
    breathe,
    checkpoint: options.checkpoint,
  });
  forks.open();
  const validator = new Validator({ ledger, bodies, checker, clock, log, breathe });
  const relay = new Relay({ ledger, pool, checker, network, clock, random, breathe, pooled });
  const submission = new Submission({ ledger, pool, checker, relay, clock, breathe, pooled });
  const recheck = new Recheck({
    ledger,
    pool,
    relay,
    clock,
    dropped: (checked, verdict) => submission.dropped(checked, verdict),
    changed: pooled,
  });
  const signAnyway = options.signAfterAmnesia ?? false;
  const attendance = new Attendance();
  const lostAgain = (): void => inquiry.resume();
  const memory = new Memory({ store, watermark: ports.watermark, random, log, signAnyway, lostAgain });
  const engine: Engine = new Engine({
    memory,
    ledger,
    journal: openJournal(store, journalPrefix()),
    network,
    pool,
    bodies,
    validator,
    clock,
    log,
    identity,
    verify,
    breathe,
    deltaMs: options.deltaMs,
    refused: (id) => recheck.look(id),
    behind: () => sync.missing(),
    accused(accusation) {
      evidence.accuse(accusation);
      ports.accused(accusation);
    },
    spoke: (authority) => attendance.spoke(authority),
    failed,
  });
  const lag = ports.lag;
  const evidence = new EvidenceKeeper({ ledger, store, network, log, verify, failed });
  const checkpoint = new CheckpointWatch({
    ...{ checkpoint: options.checkpoint, log },
    height: () => ledger.head().header.height,
    nameOf: (key) => nameOf(ledger.head().view, key),
  });
  const sync: Sync = new Sync({
    ledger,
    engine,
    network,
    checker,
    verify,
    clock,
    log,
    breathe,
    checkpoint,
    otherChain: (run) => forks.look(run),
    failed,
    ...(lag && { lag }),
  });
  const inquiry: Inquiry = new Inquiry({
    memory,
    engine,
    ledger,
    network,
    clock,
    log,
    identity,
    verify,
    listenMs: 2 * options.deltaMs,
    failed,
  });

  const peers = openPeers(
    {
      ...{ store, network, clock, log, failed },
      members: () => members(ledger.head().view),
      frame: (from, bytes) => engine.frame(from, bytes),
    },
    options.peers ?? [],
  );
  ledger.onCommit((_, events) => {
    if (events.some(({ kind }) => kind === 'members-changed')) peers.membersChanged();
  });
  peers.serve(serveChain(ledger));
  peers.serve(relay.protocols);
  peers.serve(engineProtocols(engine, evidence));
  peers.serve([headsHeard(sync)]);
  for (const part of [engine, sync, inquiry, evidence]) peers.onConnected((peer) => part.connected(peer));

  return {
    ledger,
    pool,
    engine,
    sync,
    submission,
    evidence,
    checkpoint,
    attendance,
    peers,
    parts: [
      { name: 'evidence', start: () => evidence.start(), stop() {} },
      { name: 'engine', start: () => engine.start(), stop: () => engine.stop() },
      ...peers.parts,
      { name: 'memory', start: () => inquiry.start(), stop: () => inquiry.stop() },
      { name: 'sync', start: () => sync.start(), stop: () => sync.stop() },
      { name: 'relay', start() {}, stop: () => relay.stop() },
      { name: 'recheck', start: () => recheck.start(), stop: () => recheck.stop() },
      { name: 'submission', start() {}, stop: () => submission.stop() },
    ],
  };
}

function headsHeard(sync: Sync): Hearing {
  return {
    topic: HEAD_TOPIC,
    cost: 1,
    receive(from, bytes): Verdict {
      const head = decodeHead(bytes);
      if (head.kind !== 'accept') return head;
      sync.heard(head.value, from);
      return accept();
    },
  };
}
