/**
 * The store on a disk: one LevelDB for all keyspaces (keyspaces.ts), so that whatever happened in one tick is
 * one synced batch, all or nothing. Knows no record; never retries and never repairs: a disk that fails is the
 * operator's business.
 */
import { Level } from 'level';
import type { Bytes } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import type { DeepStore, Log, Moment, StoreRange, StoreWrite } from '../core/ports.ts';

const MiB = 1024 * 1024;
/** Blocks of the database kept decoded: the hot part of the state tree of a large library. */
const CACHE_BYTES = 64 * MiB;
/** Memory before a sorted file is written: larger means fewer files, and a longer recovery after a crash. */
const WRITE_BUFFER_BYTES = 16 * MiB;
const OPTIONS = {
  keyEncoding: 'view',
  valueEncoding: 'view',
  cacheSize: CACHE_BYTES,
  writeBufferSize: WRITE_BUFFER_BYTES,
} as const;

type Database = Level<Bytes, Bytes>;
type ReadOptions = { readonly snapshot?: ReturnType<Database['snapshot']> };
/** What `level` is outside of browsers, and does not say of itself. */
type Compacting = {
  compactRange(from: Bytes, to: Bytes, options: { readonly keyEncoding: 'view' }): Promise<void>;
};
type Rows = readonly (readonly [Bytes, Bytes])[];

/** @param path - a folder of the node's home; made when missing. One process at a time may hold it. */
export function openLevelStore(path: string, log?: Log): DeepStore {
  return new LevelStore(path, log);
}

class LevelStore implements DeepStore {
  readonly #path: string;
  readonly #log: Log | undefined;
  #database: Level<Bytes, Bytes> | undefined;
  /** LevelDB runs batches on a thread pool, in any order: ours wait for each other. */
  #lastWrite: Promise<void> = Promise.resolve();

  constructor(path: string, log: Log | undefined) {
    this.#path = path;
    this.#log = log;
  }

  /** @throws Fault("store.locked" | "store.failed"). */
  async start(): Promise<void> {
    if (this.#database !== undefined) return;
    const database = new Level<Bytes, Bytes>(this.#path, OPTIONS);
    try {
      await database.open();
    } catch (error) {
      throw openingFault(this.#path, error);
    }
    this.#database = database;
    this.#log?.debug('store opened');
  }

  async stop(): Promise<void> {
    const database = this.#database;
    if (database === undefined) return;
    this.#database = undefined; // what comes from now on is refused; what was asked before is done
    await this.#lastWrite;
    await database.close();
    this.#log?.debug('store closed');
  }

  get(key: Bytes): Bytes | undefined {
    const database = this.#open();
    return reading(() => {
      const value = database.getSync(key);
      return value && plain(value);
    });
  }

  async getMany(keys: readonly Bytes[]): Promise<readonly (Bytes | undefined)[]> {
    const database = this.#open();
    try {
      const values = await database.getMany([...keys]);
      return values.map((value) => value && plain(value));
    } catch (error) {
      throw failed('read', error);
    }
  }

  async range(range: StoreRange): Promise<Rows> {
    return rows(this.#open(), range, {});
  }

  moment(): Moment {
    const database = this.#open();
    const snapshot = database.snapshot();
    return {
      get: (key) =>
        reading(() => {
          const value = database.getSync(key, { snapshot });
          return value && plain(value);
        }),
      range: (range) => rows(database, range, { snapshot }),
      release: () => snapshot.close(),
    };
  }

  async compact({ from, to }: Pick<StoreRange, 'from' | 'to'>): Promise<void> {
    const database = this.#open() as Database & Compacting;
    try {
      await database.compactRange(from, to, { keyEncoding: 'view' });
    } catch (error) {
      throw failed('write', error);
    }
  }

  async write(batch: readonly StoreWrite[], options: { readonly sync: boolean }): Promise<void> {
    const database = this.#open();
    const written = this.#lastWrite.then(() => database.batch([...batch], { sync: options.sync }));
    this.#lastWrite = written.catch(() => {}); // whoever asked for that write is told below
    try {
      await written;
    } catch (error) {
      throw failed('write', error);
    }
  }

  #open(): Level<Bytes, Bytes> {
    if (this.#database === undefined) throw new Fault('store.closed', 'The store is closed.');
    return this.#database;
  }
}

async function rows(database: Database, range: StoreRange, options: ReadOptions): Promise<Rows> {
  const { from: gte, to: lt, limit, reverse = false } = range;
  try {
    const found = await database.iterator({ gte, lt, limit, reverse, ...options }).all();
    return found.map(([key, value]) => [plain(key), plain(value)] as const);
  } catch (error) {
    throw failed('read', error);
  }
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw failed('read', error);
  }
}

/** LevelDB answers with Buffers, whose `slice` shares memory where a Uint8Array's copies. */
function plain(buffer: Bytes): Bytes {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function openingFault(path: string, error: unknown): Fault {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') {
    return new Fault('store.locked', `Another process is using the store in ${path}.`, { cause });
  }
  return new Fault('store.failed', `The store in ${path} cannot be opened.`, { cause });
}

function failed(what: 'read' | 'write', cause: unknown): Fault {
  return new Fault('store.failed', `The store could not ${what}.`, { cause });
}
