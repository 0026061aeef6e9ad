/**
 * A node of the simulation: a whole replica (node/replica.ts, as it is in production) over simulated ports, and the
 * power switch beside it. Its disk outlives its crashes. A twin shares its key, and so its line, with another.
 */
import type { Genesis } from '../../chain/genesis.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { Clock, Log, Network, PeerKey, Store } from '../../core/ports.ts';
import { openReplica, type Replica, type ReplicaOptions, type ReplicaPorts } from '../../node/replica.ts';
import type { Coverage } from './coverage.ts';
import { Disk } from './disk.ts';
import { Door } from './door.ts';
import type { Judge } from './judge.ts';
import { Life } from './life.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Signatures } from './signatures.ts';
import type { Trace } from './trace.ts';
import { Witness } from './witness.ts';

/** What stands between a faulty node and the world, and what a planted bug puts between an honest one and its ports. */
export type Wrap = {
  readonly network?: (inner: Network, node: SimNode) => Network;
  readonly store?: (inner: Store, node: SimNode) => Store;
  readonly ports?: (ports: ReplicaPorts, node: SimNode) => ReplicaPorts;
  readonly replica?: (replica: Replica, node: SimNode) => void;
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
  /** Chances of dying in a write or after a send; 0 once everything is healed. */
  chances(): { readonly write: number; readonly send: number };
  /** Makes the line of a key to the others. */
  network(key: PeerKey): Network;
};

export class SimNode {
  readonly name: string;
  readonly key: PeerKey;
  readonly honest: boolean;
  readonly disk: Disk;
  readonly witness = new Witness();
  readonly random: SeededRandom;
  skewMs = 0;
  readonly #world: NodeWorld;
  readonly #wrap: Wrap;
  #life: Life | undefined;
  #line: Network | undefined;
  #replica: Replica | undefined;

  constructor(world: NodeWorld, name: string, key: PeerKey, honest: boolean, wrap: Wrap = {}) {
    this.#world = world;
    this.name = name;
    this.key = key;
    this.honest = honest;
    this.#wrap = wrap;
    this.random = world.random.fork();
    const fatal = (): boolean => honest && this.random.chance(world.chances().write);
    this.disk = new Disk({
      schedule: world.schedule,
      random: this.random,
      coverage: world.coverage,
      durable: (batch) => honest && world.judge.durable(this.name, batch),
      fatal,
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

  get signatures(): Signatures {
    return this.#world.signatures;
  }

  get schedule(): Schedule {
    return this.#world.schedule;
  }

  get coverage(): Coverage {
    return this.#world.coverage;
  }

  async start(): Promise<void> {
    const life = new Life();
    this.#life = life;
    this.#say('starts');
    try {
      await this.#open(life);
    } catch (error) {
      if (life.alive) this.#failed(life, error);
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
    for (const part of replica.parts.toReversed()) {
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

  async #open(life: Life): Promise<void> {
    const { judge, genesis, options, signatures, network: line } = this.#world;
    const inner = await this.disk.open(life);
    const store = this.#wrap.store?.(inner, this) ?? inner;
    if (this.honest) await judge.wakes(this.name, inner);
    this.#line = line(this.key);
    const door = new Door(this.#line, life, {
      sending: (bytes) => this.honest && judge.sending(this.name, this.key, bytes),
      sent: () => this.#mayDie(),
    });
    const network = this.#wrap.network?.(door, this) ?? door;
    const ports: ReplicaPorts = {
      store,
      network,
      clock: this.#clock(life),
      random: this.random,
      log: this.#log(life),
      verifier: {
        verifyNow: signatures.verify,
        verify: async (checks) =>
          checks.every(({ publicKey, hash, signature }) => signatures.verify(publicKey, hash, signature)),
      },
      // A faulty node believes whatever it finds.
      watermark: this.honest ? this.witness.port(life, this.#world.schedule, this.random) : undefined,
      identity: { publicKey: this.key, sign: (hash) => signatures.sign(this.key, hash) },
      metainfo: () => undefined,
      wanted: () => ({ kind: 'accept', value: undefined }),
      accused: ({ first }) => {
        this.#world.coverage.count('accusations');
        this.#say(`accuses ${first.signer} in view ${first.view}`);
        judge.accused(this.name, first);
      },
      failed: (error) => this.#failed(life, error),
    };
    const replica = await openReplica(this.#wrap.ports?.(ports, this) ?? ports, { ...options, genesis });
    if (!life.alive) return;
    this.#wrap.replica?.(replica, this);
    if (this.honest) {
      judge.opened(this.name, replica.ledger);
      replica.ledger.onCommit((executed) => {
        this.#say(`commits ${executed.block.header.height} ${toHex(executed.hash).slice(0, 8)}`);
        judge.committed(this.name, replica.ledger, executed);
      });
    }
    for (const part of replica.parts) {
      await part.start();
      if (!life.alive) return;
    }
    this.#replica = replica;
  }

  #clock(life: Life): Clock {
    const { schedule } = this.#world;
    return {
      now: () => Math.round(schedule.now() + this.skewMs + this.#world.genesis.time),
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
      if (message === 'blocks synchronised') coverage.count('blocks by synchronisation');
      if (message === 'this node signs again') coverage.count('memories mended');
      this.#say(`${message} ${JSON.stringify(data)}`);
    };
    return { debug: say, info: say, warn: say, error: say };
  }

  #mayDie(): void {
    if (!this.honest || !this.random.chance(this.#world.chances().send)) return;
    this.#world.coverage.count('crashes between sends');
    this.crash(this.random.between(0, this.disk.unsynced()));
  }

  /** The disk may fail: then the process ends. Anything else is a mistake of ours. */
  #failed(life: Life, error: unknown): void {
    if (!life.alive) return;
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
