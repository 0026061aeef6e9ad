/**
 * A node of the simulation: a whole replica (node/replica.ts, as it is in production) over simulated ports, and the
 * power switch beside it. Its disk outlives its crashes. A twin shares its key, and so its line, with another.
 */
import type { Genesis } from '../../chain/block/genesis.ts';
import { members as membersOf } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { Clock, DeepStore, Log, Network, PeerKey, StoreWrite } from '../../core/ports.ts';
import type { Watermark } from '../../node/engine/amnesia/watermark.ts';
import { Pruner } from '../../node/ledger/prune.ts';
import type { Part } from '../../node/process/lifecycle.ts';
import { openReplica, type Replica, type ReplicaOptions, type ReplicaPorts } from '../../node/replica.ts';
import { readJoinRecord } from '../../node/sync/snapshot/join-record.ts';
import { SnapshotServer } from '../../node/sync/snapshot/server.ts';
import { SnapshotTrigger } from '../../node/sync/snapshot/trigger.ts';
import { blockKey } from '../../store/keyspaces.ts';
import type { Counted, Coverage } from './coverage.ts';
import { Disk } from './disk.ts';
import { Door } from './door.ts';
import { baseIn, joinByState, leavingIn, openedIn } from './joining.ts';
import type { Judge } from './judge.ts';
import { Life } from './life.ts';
import { blocksKeptIn } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Signatures } from './signatures.ts';
import type { Trace } from './trace.ts';
import { Witness } from './witness.ts';

/** What stands between a faulty node and the world, and what a planted bug puts between an honest one and its ports. */
export type Wrap = {
  readonly network?: (inner: Network, node: SimNode) => Network;
  readonly store?: (inner: DeepStore, node: SimNode) => DeepStore;
  readonly ports?: (ports: ReplicaPorts, node: SimNode) => ReplicaPorts;
  readonly replica?: (replica: Replica, node: SimNode) => void;
  /** Asked at each start. @returns the replica of another program; undefined for that of this one. */
  readonly program?: () => typeof openReplica | undefined;
};

export type NodeWorld = {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly judge: Judge;
  readonly genesis: Genesis;
  readonly signatures: Signatures;
  readonly options: Omit<ReplicaOptions, 'genesis'>;
  /** Older bodies are pruned; undefined = never. */
  readonly blocksKept: number | undefined;
  /** How far all clocks have leapt ahead together. */
  leapMs(): number;
  /** Chances of dying in a write or after a send; 0 once everything is healed. */
  chances(): { readonly write: number; readonly send: number };
  /** Must this node die here, at the boundary of its effects with this number? */
  diesAt(name: string, boundary: number): boolean;
  /** Makes the line of a key to the others. */
  network(key: PeerKey): Network;
};

/** Where an effect ends and the next one begins: there a node may die. */
type Boundary = 'before a write' | 'in a write' | 'send' | 'question' | 'mark';
const CRASHES: { readonly [at in Boundary]: Counted } = {
  'before a write': 'crashes in a write',
  'in a write': 'crashes in a write',
  send: 'crashes between sends',
  question: 'crashes at a question',
  mark: 'crashes at the mark',
};
const SAID: { readonly [message: string]: Counted } = {
  'blocks synchronised': 'blocks by synchronisation',
  'this node signs again': 'memories mended',
  'old blocks pruned': 'blocks pruned',
  'nobody keeps the blocks that come next: a state is fetched instead of blocks': 'states asked for',
  'joined by a snapshot': 'joins by a state',
  'a join by snapshot begins anew': 'joins begun anew',
};
/** Few, so that a short chain is pruned at all. */
const PRUNED_AT_ONCE = 2;

export class SimNode {
  readonly name: string;
  readonly key: PeerKey;
  readonly honest: boolean;
  readonly disk: Disk;
  readonly witness = new Witness();
  readonly random: SeededRandom;
  skewMs = 0;
  /** Of effects, in all its lives. */
  boundaries = 0;
  readonly #world: NodeWorld;
  readonly #wrap: Wrap;
  #life: Life | undefined;
  #line: Network | undefined;
  #replica: Replica | undefined;
  #parts: readonly Part[] = [];

  constructor(world: NodeWorld, name: string, key: PeerKey, honest: boolean, wrap: Wrap = {}) {
    this.#world = world;
    this.name = name;
    this.key = key;
    this.honest = honest;
    this.#wrap = wrap;
    this.random = world.random.fork();
    this.disk = new Disk({
      schedule: world.schedule,
      random: this.random,
      coverage: world.coverage,
      issued: (batch) => honest && this.#issued(batch),
      durable: (batch) => honest && world.judge.durable(this.name, batch),
      fatal: (when) => this.#diesAt(when === 'before' ? 'before a write' : 'in a write'),
      crash: (keep) => this.crash(keep),
    });
  }

  get up(): boolean {
    return this.#life !== undefined;
  }

  get paused(): boolean {
    return this.#life?.paused ?? false;
  }

  /** The replica of this life, once it is open. */
  get replica(): Replica | undefined {
    return this.#replica;
  }

  /** Does it run another program than the rest? */
  get differs(): boolean {
    return this.#wrap.program?.() !== undefined;
  }

  get signatures(): Signatures {
    return this.#world.signatures;
  }

  get schedule(): Schedule {
    return this.#world.schedule;
  }

  get coverage(): Coverage {
    return this.#world.coverage;
  }

  /** @param more - what its operator says at this start. */
  async start(more: Pick<ReplicaOptions, 'signAfterAmnesia'> = {}): Promise<void> {
    const life = new Life();
    this.#life = life;
    this.#say('starts');
    try {
      await this.#open(life, more);
    } catch (error) {
      if (life.alive) this.failed(error, life);
    }
  }

  /** @param keep - how many of the batches that were not synced reach the disk all the same. */
  crash(keep: number): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#say(`dies, keeps ${Math.min(keep, this.disk.unsynced())} of ${this.disk.unsynced()} batches`);
    this.#world.coverage.count('crashes');
    life.end();
    this.disk.crash(keep);
    this.#down();
  }

  /** The simulation is over. */
  end(): void {
    this.#life?.end();
  }

  async stopOrderly(): Promise<void> {
    const replica = this.#replica;
    const life = this.#life;
    if (replica === undefined || life === undefined || life.paused) return;
    this.#say('stops in order');
    this.#replica = undefined; // takes no more orders
    for (const part of this.#parts.toReversed()) {
      this.#say(`stops ${part.name}`);
      await part.stop();
    }
    if (this.#life !== life) return; // died in the meantime
    life.end();
    this.disk.crash(Number.MAX_SAFE_INTEGER); // a closed store loses nothing
    this.#down();
  }

  pause(): void {
    this.#say('pauses');
    this.#life?.pause();
  }

  resume(): void {
    if (!this.paused) return;
    this.#say('resumes');
    this.#life?.resume();
  }

  async #open(life: Life, more: Pick<ReplicaOptions, 'signAfterAmnesia'>): Promise<void> {
    const { judge, genesis, options, signatures, network: line, blocksKept } = this.#world;
    const inner = await this.disk.open(life);
    const store = this.#wrap.store?.(inner, this) ?? inner;
    if (this.honest) await judge.wakes(this.name, inner);
    if (readJoinRecord(store) !== undefined && !(await this.#join(life, store))) return;
    this.#line = line(this.key);
    const door = this.#door(life, store);
    const network = this.#wrap.network?.(door, this) ?? door;
    const [clock, log] = [this.#clock(life), this.#log(life)];
    const failed = (error: unknown): void => this.failed(error, life);
    const ports: ReplicaPorts = {
      store,
      network,
      clock,
      random: this.random,
      log,
      verifier: {
        verifyNow: signatures.verify,
        verify: async (checks) =>
          checks.every(({ publicKey, hash, signature }) => signatures.verify(publicKey, hash, signature)),
      },
      // A faulty node believes whatever it finds.
      watermark: this.honest ? this.#watermark(life) : undefined,
      identity: { publicKey: this.key, sign: (hash) => signatures.sign(this.key, hash) },
      ...(this.honest && { lag: (peer, lag) => trigger.consider(peer, lag) }),
      accused: ({ first }) => {
        this.#world.coverage.count('accusations');
        this.#say(`accuses ${first.signer} in view ${first.view}`);
        judge.accused(this.name, first);
      },
      failed,
    };
    const open = this.#wrap.program?.() ?? openReplica;
    const replica = await open(this.#wrap.ports?.(ports, this) ?? ports, {
      ...options,
      ...more,
      genesis,
    });
    if (!life.alive) return;
    const { ledger } = replica;
    const snapshots = new SnapshotServer({ store, ledger, clock, log });
    replica.peers.serve(snapshots.protocols);
    const members = () => membersOf(ledger.head().view);
    const rejoin = (): void => this.#rejoin(life);
    const trigger = new SnapshotTrigger({
      store,
      network,
      verify: signatures.verify,
      log,
      genesis,
      members,
      rejoin,
      blocksKeptMin: blocksKeptIn(this.#world),
    });
    const pruner = new Pruner(
      { store, ledger, log, yieldToLoop: async () => {}, failed },
      { blocksKept, blocksPerBatch: PRUNED_AT_ONCE, blocksPerCompaction: PRUNED_AT_ONCE },
    );
    this.#parts = [
      { name: 'snapshots', start() {}, stop: () => snapshots.stop() },
      { name: 'pruner', start: () => pruner.start(), stop: () => pruner.stop() },
      ...replica.parts,
    ];
    this.#wrap.replica?.(replica, this);
    if (this.honest) {
      judge.opened(this.name, replica.ledger);
      replica.ledger.onCommit((executed) => {
        this.#say(`commits ${executed.block.header.height} ${toHex(executed.hash).slice(0, 8)}`);
        judge.committed(this.name, replica.ledger, executed);
      });
    } else replica.ledger.onCommit((executed) => judge.chain.shown(executed));
    for (const part of this.#parts) {
      await part.start();
      if (!life.alive) return;
    }
    this.#replica = replica;
  }

  #clock(life: Life): Clock {
    const { schedule } = this.#world;
    return {
      now: () => Math.round(schedule.now() + this.skewMs + this.#world.leapMs() + this.#world.genesis.time),
      after(delayMs, run) {
        let cancelled = false;
        const cancel = schedule.after(delayMs, () => life.run(() => cancelled || run()));
        return () => {
          cancelled = true;
          cancel();
        };
      },
    };
  }

  #log(life: Life): Log {
    const { coverage } = this.#world;
    const say = (message: string, data: object = {}): void => {
      if (!life.alive) return;
      if (SAID[message] !== undefined) coverage.count(SAID[message]);
      this.#say(`${message} ${JSON.stringify(data)}`);
    };
    return { debug: say, info: say, warn: say, error: say };
  }

  /** Shows what is sent to the judge, and lets the node die after it. */
  #door(life: Life, store: DeepStore): Door {
    if (this.#line === undefined) throw new Error('a door leads to a line');
    return new Door(this.#line, life, {
      sending: (bytes) =>
        this.honest &&
        this.#world.judge.sending(
          this.name,
          this.key,
          bytes,
          (hash) => store.get(blockKey(hash)) !== undefined,
        ),
      sent: () => this.#mayDie('send'),
      asked: () => this.#mayDie('question'),
      answered: (protocol, question, answer) => {
        const opened = openedIn(protocol, question, answer);
        if (opened !== undefined) this.#world.judge.memory.seen(this.name, opened);
      },
    });
  }

  #issued(batch: readonly StoreWrite[]): void {
    const { memory } = this.#world.judge;
    const [base, leaving] = [baseIn(batch), leavingIn(batch)];
    if (base !== undefined) memory.pruned(this.name, base);
    if (leaving !== undefined) memory.leaves(this.name, leaving);
  }

  #watermark(life: Life): Watermark {
    const { schedule, coverage } = this.#world;
    const port = this.witness.port(life, { schedule, random: this.random, coverage });
    return {
      read: port.read,
      write: (mark) => {
        const written = port.write(mark);
        this.#mayDie('mark');
        return written;
      },
    };
  }

  #mayDie(at: Boundary): void {
    if (this.#diesAt(at)) this.crash(this.random.between(0, this.disk.unsynced()));
  }

  #diesAt(at: Boundary): boolean {
    if (!this.honest || !this.up) return false;
    this.boundaries += 1;
    const { write, send } = this.#world.chances();
    const chance = at === 'before a write' ? 0.3 * write : at === 'in a write' ? 0.7 * write : send;
    if (!this.random.chance(chance) && !this.#world.diesAt(this.name, this.boundaries)) return false;
    this.#world.coverage.count(CRASHES[at]);
    return true;
  }

  /** A state instead of blocks: node/sync/snapshot/join-stage.ts, over the ports of this world. */
  async #join(life: Life, store: DeepStore): Promise<boolean> {
    const { genesis, signatures } = this.#world;
    const line = this.#world.network(this.key);
    this.#line = line;
    const ports = { store, network: this.#door(life, store), clock: this.#clock(life), log: this.#log(life) };
    const joined = await joinByState({ ...ports, verify: signatures.verify }, genesis);
    await line.stop();
    return joined && life.alive;
  }

  /** Stop, and open again; from the middle of a start there is no orderly way. */
  #rejoin(life: Life): void {
    void this.stopOrderly().then(() => {
      if (this.#life === life) this.crash(0);
      if (!this.up) void this.start();
    });
  }

  /** The disk may fail: then the process ends. Anything else is a mistake of ours. */
  failed(error: unknown, life = this.#life): void {
    if (life?.alive !== true) return;
    const ofTheDisk = error instanceof Fault && error.code === 'store.failed';
    if (this.honest && !ofTheDisk) this.#world.judge.mistake(this.name, error);
    this.#say(`fails: ${String(error)}`);
    this.crash(0);
  }

  #down(): void {
    this.#life = undefined;
    this.#replica = undefined;
    const line = this.#line;
    this.#line = undefined;
    queueMicrotask(() => void line?.stop()); // not at once: we may be in the middle of the network's own loop
  }

  #say(text: string): void {
    this.#world.trace.event(this.#world.schedule.now(), `${this.name} ${text}`);
  }
}
