/**
 * The full-text index of available files: SQLite FTS5 on a thread of its own, fed block by block, and worth nothing
 * by itself: whatever is wrong with it, it is thrown away and rebuilt from the chain. It must never decide anything.
 * Source: docs/decisions/search.md; https://www.sqlite.org/fts5.html.
 */
import { rmSync } from 'node:fs';
import { assert } from '../core/assert.ts';
import { utf8 } from '../core/bytes.ts';
import type { QueueName } from '../core/fair-queue.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log, Startable } from '../core/ports.ts';
import type { Height, Tokens } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { CatalogueChanges, CatalogueFile } from './changes.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { SearchQueue } from './search-queue.ts';
import { CatalogueThread, THREAD_BOUNDS, type ThreadBounds } from './thread.ts';
import type { Question, Row, Rows, SearchStart } from './thread-code.ts';
import { createWords } from './words.ts';

export type Page = {
  readonly limit: number;
  readonly cursor: string | undefined;
  /** Where who asks waits, so that one who asks often waits for itself. */
  readonly queue: QueueName;
  /** Told what each part of it has cost, milliseconds of the thread's processor time, whatever comes of it. */
  spent?(costMs: number): void;
};
export type Found = { readonly files: readonly CatalogueFile[]; readonly next: string | undefined };

export type Catalogue = Startable & {
  /** The block up to which everything is indexed; −1 when nothing is. More than the chain's head means: reset. */
  height(): Promise<number>;
  /** One transaction. A block that is indexed already changes nothing; blocks without files may be left out. */
  apply(height: Height, changes: CatalogueChanges): Promise<void>;
  /** Adds files of which no block tells, when the catalogue is filled from a state; the height stays. */
  load(files: readonly CatalogueFile[]): Promise<void>;
  /**
   * Best match first (rank.ts, then newest, then by hash) among the newest `limits.searchMatchesMax` that were indexed;
   * newest first for a blank query.
   * reject("request.too-long" | "request.wrong-value" | "search.too-many" | "search.too-slow").
   */
  search(query: string, page: Page): Promise<Verdict<Found>>;
  /** So many available files of exactly this size, whichever. None when too many others ask. */
  ofSize(size: Tokens, count: number, page: Pick<Page, 'queue' | 'spent'>): Promise<readonly CatalogueFile[]>;
  /** Forgets everything, for a rebuild from the chain. */
  reset(): Promise<void>;
};

type Ports = { readonly log: Log; readonly clock: Clock };

const { matchExpression, restOf } = createWords();

/** @param path - a file of its own, or ':memory:'. Opened by `start`. Every call may throw Fault("store.failed"). */
export function openCatalogue(
  path: string,
  { log, clock }: Ports,
  bounds: ThreadBounds = THREAD_BOUNDS,
): Catalogue {
  const thread = new CatalogueThread(path, bounds);
  const queue = new SearchQueue(clock);
  let nextWalk = 0;
  let isStopped = false;

  async function start(): Promise<void> {
    isStopped = false;
    try {
      await height();
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
      log.warn('the catalogue cannot be read and is built anew', { cause });
      await thread.end();
      discard(path);
      await height();
    }
  }

  async function height(): Promise<number> {
    const reply = await thread.ask({ kind: 'height' });
    assert(reply.kind === 'height', 'the thread answers what it was asked');
    return reply.height;
  }

  async function apply(at: Height, changes: CatalogueChanges): Promise<void> {
    await thread.ask({ kind: 'apply', height: at, changes });
  }

  async function load(files: readonly CatalogueFile[]): Promise<void> {
    await thread.ask({ kind: 'load', files });
  }

  async function reset(): Promise<void> {
    await thread.ask({ kind: 'reset' });
  }

  async function search(query: string, page: Page): Promise<Verdict<Found>> {
    if (utf8(query).length > limits.searchQueryBytesMax) return reject('request.too-long');
    const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
    if (page.cursor !== undefined && after === undefined) return reject('request.wrong-value', WRONG_CURSOR);
    const limit = Math.max(1, Math.min(page.limit, limits.searchResultsMax));
    const listing = query.trim() === '';
    if (after !== undefined && (after.rank === undefined) !== listing) {
      return reject('request.wrong-value', WRONG_CURSOR);
    }
    const expression = matchExpression(query, limits.searchTokensMax);
    if (expression === undefined && !listing) return accept({ files: [], next: undefined });
    const count = limit + 1; // to know whether there are more
    const rest = restOf(query, limits.searchTokensMax);
    const found = await walk(
      page,
      listing
        ? { kind: 'list', after, count }
        : { kind: 'match', expression: expression!, query, rest, after, count },
    );
    if (found.kind !== 'accept') return found;
    const { rows } = found.value;
    return rows === undefined ? reject('search.too-slow') : accept(toPage(rows, limit));
  }

  async function ofSize(size: Tokens, count: number, page: Pick<Page, 'queue' | 'spent'>) {
    const found = await walk(page, { kind: 'sized', size, count });
    return found.kind === 'accept' ? (found.value.rows ?? []).map(fileOf) : [];
  }

  /** Slice by slice, in turns with the others. */
  async function walk(
    { queue: name, spent }: Pick<Page, 'queue' | 'spent'>,
    asked: SearchStart,
  ): Promise<Verdict<Rows>> {
    const id = nextWalk++;
    /** The thread keeps how far it has come. */
    let isOpen = false;
    let isOver = false;
    const forget = (): void => {
      if (isOver && isOpen) thread.tell({ kind: 'forget', walk: id });
    };
    const found = await queue.take(name, async () => {
      const question: Question = isOpen ? { kind: 'go-on', walk: id } : { ...asked, walk: id };
      isOpen = false;
      if (isStopped) throw new Fault('store.closed', 'the catalogue has stopped');
      const reply = await thread.ask(question);
      if (reply.kind === 'gone') return undefined; // it begins anew
      assert(reply.kind === 'more' || reply.kind === 'rows', 'the thread answers what it was asked');
      spent?.(reply.usedMs);
      isOpen = reply.kind === 'more';
      forget(); // it has had its answer meanwhile
      return reply.kind === 'rows' ? reply : undefined;
    });
    isOver = true;
    forget();
    return found;
  }

  function stop(): Promise<void> {
    isStopped = true;
    return thread.end();
  }

  return { start, stop, height, apply, load, search, ofSize, reset };
}

const WRONG_CURSOR = 'The cursor does not belong to this search.';

function toPage(rows: readonly Row[], limit: number): Found {
  const files = rows.slice(0, limit).map(fileOf);
  const last = rows[limit - 1];
  const next =
    rows.length > limit && last !== undefined
      ? encodeCursor({ rank: last.rank ?? undefined, height: Number(last.height), hash: last.hash })
      : undefined;
  return { files, next };
}

function fileOf({ hash, name, size, height }: Row): CatalogueFile {
  return { hash, name, size, height: Number(height) };
}

function discard(path: string): void {
  if (path === ':memory:') return;
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}
