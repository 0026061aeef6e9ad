/**
 * The disk of a node: outlives its crashes, takes its time, may be full, and loses what was not synced. It tells the
 * judge what has become durable, at the moment when it has.
 */
import type { Bytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { DeepStore, StoreWrite } from '../../core/ports.ts';
import { createMemoryStore, type MemoryStore } from '../../store/memory.ts';
import type { Coverage } from './coverage.ts';
import type { Life } from './life.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';

type Ports = {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly coverage: Coverage;
  /** A batch is on its way. */
  issued(batch: readonly StoreWrite[]): void;
  /** A synced batch has reached the disk, and everything before it. */
  durable(batch: readonly StoreWrite[]): void;
  /** Shall the node die before it issues this write, or between that and the answer? */
  fatal(when: 'before' | 'after'): boolean;
  /** Kills the node; the disk keeps the first `keep` of its unsynced batches. */
  crash(keep: number): void;
};

/** Everything, for a copy: keyspaces begin with a byte below 0xff. */
const ALL = { from: new Uint8Array(0), to: Uint8Array.of(0xff), limit: 1_000_000 };

export class Disk {
  readonly #ports: Ports;
  #store: MemoryStore;
  #latencyMs: readonly [number, number] = [0, 3];
  #failingReads = 0;
  #lastMs = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#store = this.#empty();
  }

  /** The port of one life. Starts the store. */
  async open(life: Life): Promise<DeepStore> {
    const store = this.#store;
    await store.start();
    return {
      start: async () => {},
      stop: () => store.stop(),
      get: (key) => store.get(key),
      getMany: (keys) => life.bring(this.#read(() => store.getMany(keys))),
      range: (range) => life.bring(this.#read(() => store.range(range))),
      moment: () => store.moment(),
      compact: (range) => life.bring(store.compact(range)),
      write: (batch, options) => this.#write(store, life, batch, options),
    };
  }

  slow(latencyMs: readonly [number, number]): void {
    this.#latencyMs = latencyMs;
  }

  full(full: boolean): void {
    this.#store.fillDisk(full);
  }

  /** The next write changes nothing and says so; or the next look at many values fails. */
  fail(what: 'write' | 'read'): void {
    if (what === 'write') this.#store.failNext(1);
    else this.#failingReads = 1;
  }

  sound(): void {
    this.#store.failNext(0);
    this.#failingReads = 0;
  }

  /** @returns how many batches may be kept or lost. */
  unsynced(): number {
    return this.#store.unsynced();
  }

  crash(keep: number): void {
    const { coverage } = this.#ports;
    const unsynced = this.#store.unsynced();
    coverage.count('batches kept unacknowledged', Math.min(keep, unsynced));
    coverage.count('batches lost', Math.max(0, unsynced - keep));
    // Of the first that is lost a part may stand on the disk: its sum is wrong, and it goes with what comes after it.
    if (unsynced > keep) coverage.count('torn writes');
    this.#store.crash({ keep });
  }

  async copy(): Promise<readonly (readonly [Bytes, Bytes])[]> {
    return this.#store.range(ALL);
  }

  /** Puts an old copy in place of what is there. The node is down. */
  async restore(rows: readonly (readonly [Bytes, Bytes])[]): Promise<void> {
    const store = createMemoryStore();
    await store.start();
    await store.write(
      rows.map(([key, value]) => ({ type: 'put', key, value })),
      { sync: true },
    );
    this.#store = this.#empty();
    await this.#store.start();
    const all = await store.range(ALL);
    const done = this.#store.write(
      all.map(([key, value]) => ({ type: 'put', key, value })),
      { sync: true },
    );
    await this.#store.stop(); // applies what is under way
    void done;
  }

  async #read<T>(read: () => Promise<T>): Promise<T> {
    if (this.#failingReads > 0) {
      this.#failingReads -= 1;
      this.#ports.coverage.count('failed reads');
      throw new Fault('store.failed', 'The store could not read.');
    }
    return read();
  }

  #empty(): MemoryStore {
    return createMemoryStore({ schedule: (run) => this.#later(run) });
  }

  #later(run: () => void): void {
    const { schedule, random } = this.#ports;
    const [least, most] = this.#latencyMs;
    this.#lastMs = Math.max(this.#lastMs, schedule.now() + random.between(least, most));
    schedule.after(this.#lastMs - schedule.now(), run);
  }

  #write(
    store: MemoryStore,
    life: Life,
    batch: readonly StoreWrite[],
    options: { readonly sync: boolean },
  ): Promise<void> {
    if (!life.alive) return new Promise(() => {});
    const { random, crash, fatal, issued, durable } = this.#ports;
    if (fatal('before')) {
      crash(random.between(0, this.unsynced()));
      return new Promise(() => {});
    }
    issued(batch);
    const written = store.write(batch, options).then(() => {
      if (options.sync) durable(batch);
    });
    if (fatal('after')) crash(random.between(0, this.unsynced()));
    return life.bring(written);
  }
}
