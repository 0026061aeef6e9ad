/**
 * The thread of the catalogue, as the loop sees it: questions go in, answers come back in order. It begins with the
 * first question, ends when nobody has asked for a while (a thread takes 15 MB), and begins again.
 */
import { Worker } from 'node:worker_threads';
import { assert } from '../core/assert.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { PRAGMAS, SCHEMA, SCHEMA_VERSION, SQL } from './schema.ts';
import { type Question, type Reply, THREAD_CODE, type ThreadData } from './thread-code.ts';

export type ThreadBounds = Pick<
  ThreadData,
  'windowFiles' | 'windowMs' | 'sliceMs' | 'searchMs' | 'matchesMax'
> & {
  readonly idleMs: number;
};
export type Answered = Exclude<Reply, { kind: 'failed' }>;

export const THREAD_BOUNDS: ThreadBounds = {
  windowFiles: limits.searchWindowFiles,
  windowMs: limits.searchWindowMs,
  sliceMs: limits.searchSliceMs,
  searchMs: limits.searchMs,
  matchesMax: limits.searchMatchesMax,
  idleMs: limits.searchThreadIdleMs,
};
const HEAP = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

export class CatalogueThread {
  readonly #data: ThreadData;
  readonly #idleMs: number | undefined;
  #session: Promise<Session> | undefined;
  #ending: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #under = 0;

  constructor(path: string, { idleMs, ...bounds }: ThreadBounds) {
    this.#data = { path, schema: SCHEMA, version: SCHEMA_VERSION, pragmas: PRAGMAS, sql: SQL, ...bounds };
    this.#idleMs = path === ':memory:' ? undefined : idleMs; // what is in memory ends with the thread
  }

  /** @throws Fault("store.failed") when SQLite does: a full disk, a broken file, an index of another version. */
  async ask(question: Question): Promise<Answered> {
    clearTimeout(this.#idle);
    this.#under += 1;
    try {
      this.#session ??= this.#begin();
      return sound(await (await this.#session).ask(question));
    } finally {
      this.#under -= 1;
      if (this.#under === 0) this.#restLater();
    }
  }

  /** Whatever comes of it: nobody waits, and no thread begins for it. */
  tell(question: Question): void {
    this.#session?.then((session) => session.ask(question)).catch(() => undefined);
  }

  /** Once what was asked is answered. The next question begins anew. */
  end(): Promise<void> {
    clearTimeout(this.#idle);
    const session = this.#session;
    if (session === undefined) return this.#ending;
    this.#session = undefined;
    this.#ending = session.then((one) => one.end()).catch(() => undefined); // it has failed those who asked
    return this.#ending;
  }

  async #begin(): Promise<Session> {
    await this.#ending;
    const session = new Session(this.#data, () => {
      this.#session = undefined;
    });
    try {
      sound(await session.ask({ kind: 'open' }));
      return session;
    } catch (error) {
      this.#session = undefined;
      await session.end();
      throw error;
    }
  }

  #restLater(): void {
    if (this.#idleMs === undefined || this.#session === undefined) return;
    this.#idle = setTimeout(() => void this.end(), this.#idleMs).unref();
  }
}

function sound(reply: Reply): Answered {
  if (reply.kind !== 'failed') return reply;
  // With the code that it had in the thread: by it the operator is told that a disk is full.
  const cause = Object.assign(new Error(reply.message), { code: reply.code });
  throw new Fault('store.failed', 'The catalogue failed.', { cause });
}

/** From the beginning of a thread to its end. */
class Session {
  readonly #worker: Worker;
  /** In the order in which they were asked. Bounded by those who ask: the feed, and the searches that wait in their queue. */
  readonly #waiting: { answer(reply: Reply): void; fail(error: unknown): void }[] = [];
  #lost: Fault | undefined;

  /** @param lost - called when the thread dies by itself. */
  constructor(data: ThreadData, lost: () => void) {
    this.#worker = new Worker(THREAD_CODE, { eval: true, workerData: data, resourceLimits: HEAP });
    this.#worker.unref();
    this.#worker.on('message', (reply: Reply) => {
      const waiting = this.#waiting.shift();
      assert(waiting !== undefined, 'the thread answers what it was asked');
      if (this.#waiting.length === 0) this.#worker.unref();
      waiting.answer(reply);
    });
    const gone = (cause?: unknown): void => {
      if (this.#lost !== undefined) return;
      this.#lost = new Fault('store.failed', 'the thread of the catalogue has ended', { cause });
      lost();
      for (const { fail } of this.#waiting.splice(0)) fail(this.#lost);
    };
    this.#worker.on('error', gone);
    this.#worker.on('exit', () => gone());
  }

  /** It holds the process only while somebody waits. */
  ask(question: Question): Promise<Reply> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((answer, fail) => {
      this.#waiting.push({ answer, fail });
      this.#worker.ref();
      this.#worker.postMessage(question);
    });
  }

  async end(): Promise<void> {
    await this.ask({ kind: 'close' }).catch(() => undefined);
    this.#lost ??= new Fault('store.closed', 'the thread of the catalogue has ended');
    await this.#worker.terminate();
  }
}
