/**
 * The part of a node that keeps the ledger with the others: pool, relay, engine, synchronisation, and the doors
 * to them. Portable: everything it touches is a port, so that the simulator runs this very code in virtual time.
 */
import type { Genesis } from '../chain/block/genesis.ts';
import { members } from '../chain/queries.ts';
import type { Evidence } from '../consensus/messages.ts';
import type { Bytes } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log, MemberAddress, Network, PeerKey, Random, Store } from '../core/ports.ts';
import { ignore, reject, type Verdict } from '../core/verdict.ts';
import type { Checkpoint } from '../light/checkpoint.ts';
import type { VerifySignature } from '../light/trusted.ts';
import { openJournal } from '../store/journal.ts';
import { journalPrefix } from '../store/keyspaces.ts';
import { Memory } from './engine/amnesia/amnesia.ts';
import { Inquiry } from './engine/amnesia/inquiry.ts';
import { encodeAnswer } from './engine/amnesia/testimony.ts';
import type { Watermark } from './engine/amnesia/watermark.ts';
import { Attendance } from './engine/attendance.ts';
import { Bodies } from './engine/bodies.ts';
import { Engine } from './engine/engine.ts';
import { EvidenceKeeper } from './engine/evidence-keeper.ts';
import { Validator } from './engine/validator.ts';
import { BlockStore, type Cached } from './ledger/block-store.ts';
import { Ledger } from './ledger/ledger.ts';
import { nameOf } from './ledger/member-name.ts';
import { decodeHead } from './ledger/messages.ts';
import { Responder } from './ledger/server.ts';
import { Pool } from './mempool/pool.ts';
import { Recheck } from './mempool/recheck.ts';
import { Relay } from './mempool/relay.ts';
import { Submission } from './mempool/submission.ts';
import { TransactionChecker } from './mempool/transaction-checker.ts';
import { Allowance } from './peers/allowance.ts';
import { Answers } from './peers/answers.ts';
import { KnownPeers, metWrite, readMet } from './peers/known-peers.ts';
import { Parted } from './peers/parted.ts';
import {
  EVIDENCE_PROTOCOL,
  EVIDENCE_TOPIC,
  HEAD_TOPIC,
  HELLO_PROTOCOL,
  HOLDS_PROTOCOL,
  METAINFO_PROTOCOL,
  SNAPSHOT_PROTOCOL,
  TESTIMONY_PROTOCOL,
  TRANSACTIONS_TOPIC,
  WANT_TOPIC,
} from './peers/protocol-names.ts';
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
  /** What members ask of files: a metainfo, or whether this library has read one. */
  holding?(protocol: string, from: PeerKey, request: Bytes): Bytes;
  /** Answers a joiner that wants a whole state; without it none is served. */
  snapshot?(request: Bytes): Promise<Bytes>;
  /** May a state be fetched instead of blocks? Then nothing more is synchronised. See node/sync/sync.ts. */
  lag?(peer: PeerKey, lag: Lag): Promise<boolean>;
  /** A reader at another library wants a file. */
  wanted(bytes: Bytes): Verdict;
  accused(evidence: Evidence): void;
  /** Who says hello, in a node that runs as a process of its own. */
  readonly hello?: {
    connected(peer: PeerKey): void;
    answer(from: PeerKey, bytes: Bytes): Promise<Bytes>;
  };
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
  /** Lets go of a member for a while. */
  part(peer: PeerKey): void;
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

/** What is asked of files, not of the chain. */
const OF_FILES: ReadonlySet<string> = new Set([METAINFO_PROTOCOL, HOLDS_PROTOCOL]);
/** Topics that are told of one small thing at a time, at the cost of who passes it on. A want is at that of its author. */
const TIDINGS: readonly string[] = [HEAD_TOPIC, EVIDENCE_TOPIC];

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
  const responder = new Responder({ ledger });

  const known = new KnownPeers(options.peers ?? [], readMet(store));
  const parted = new Parted({ clock, changed: () => connect() });
  const connect = (): void => {
    const before = known.met().length;
    const all = known.beside(members(ledger.head().view));
    network.setMembers(all.filter(({ key }) => !parted.has(key)));
    if (known.met().length > before) void store.write([metWrite(known.met())], { sync: false }).catch(failed);
  };
  ledger.onCommit((_, events) => {
    if (events.some(({ kind }) => kind === 'members-changed')) connect();
  });
  // An account for each topic: whoever passes on a flood of one must not be the reason to miss another.
  const bounds = { perSecond: limits.tidingsPerPeerPerSecond, most: limits.tidingsPerPeerMax };
  const tidings = new Map(TIDINGS.map((topic) => [topic, new Allowance(clock, bounds)]));
  const answers = new Answers({
    clock,
    log,
    async answer(protocol, from, bytes) {
      if (protocol === SNAPSHOT_PROTOCOL && ports.snapshot !== undefined) return ports.snapshot(bytes);
      if (protocol === HELLO_PROTOCOL && ports.hello !== undefined) return ports.hello.answer(from, bytes);
      if (OF_FILES.has(protocol) && ports.holding !== undefined) return ports.holding(protocol, from, bytes);
      if (protocol === EVIDENCE_PROTOCOL) return evidence.answer();
      if (protocol === TESTIMONY_PROTOCOL) return encodeAnswer(await engine.testify(from));
      return responder.answer(protocol, bytes);
    },
  });
  network.handle({
    frame: (from, bytes) => engine.frame(from, bytes),
    gossip(topic, from, bytes) {
      if (topic === TRANSACTIONS_TOPIC) return relay.receive(from, bytes);
      if (tidings.get(topic)?.take(from, 1) === false) return ignore('gossip.too-much');
      if (topic === WANT_TOPIC) return ports.wanted(bytes);
      if (topic === EVIDENCE_TOPIC) return evidence.receive(from, bytes);
      if (topic === HEAD_TOPIC) return hearHead(sync, from, bytes);
      return reject('request.not-found');
    },
    request: (protocol, from, bytes) => answers.answer(protocol, from, bytes),
    opened: (peer) => ports.hello?.connected(peer),
    connected(peer) {
      engine.connected(peer);
      sync.connected(peer);
      inquiry.connected(peer);
      evidence.connected(peer);
      ports.hello?.connected(peer);
    },
    disconnected() {},
  });

  return {
    ledger,
    pool,
    engine,
    sync,
    submission,
    evidence,
    checkpoint,
    attendance,
    part: (peer) => parted.add(peer),
    parts: [
      { name: 'evidence', start: () => evidence.start(), stop() {} },
      { name: 'engine', start: () => engine.start(), stop: () => engine.stop() },
      {
        name: 'network',
        start: async () => {
          connect();
          await network.start();
        },
        stop: () => {
          parted.stop();
          return network.stop();
        },
      },
      { name: 'memory', start: () => inquiry.start(), stop: () => inquiry.stop() },
      { name: 'sync', start: () => sync.start(), stop: () => sync.stop() },
      { name: 'relay', start() {}, stop: () => relay.stop() },
      { name: 'recheck', start: () => recheck.start(), stop: () => recheck.stop() },
      { name: 'submission', start() {}, stop: () => submission.stop() },
    ],
  };
}

function hearHead(sync: Sync, from: PeerKey, bytes: Bytes): Verdict {
  const head = decodeHead(bytes);
  if (head.kind !== 'accept') return head;
  sync.heard(head.value, from);
  return { kind: 'accept', value: undefined };
}
