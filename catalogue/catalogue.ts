/**
 * The full-text index of available files: SQLite FTS5, fed block by block, and worth nothing by itself: whatever
 * is wrong with it, it is thrown away and rebuilt from the chain. It must never decide anything.
 * Source: architecture.md ("node:sqlite (FTS5) for the search index"); https://www.sqlite.org/fts5.html.
 */
import { rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { assert } from '../core/assert.ts';
import { utf8 } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { Log, Startable } from '../core/ports.ts';
import type { Hash32, Height, Tokens } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { decodeCursor, encodeCursor, type Position } from './cursor.ts';
import { SCHEMA, SCHEMA_VERSION, SQL } from './schema.ts';
import { indexText, matchExpression } from './words.ts';

export type CatalogueFile = {
  readonly hash: Hash32;
  readonly name: string;
  readonly size: Tokens;
  readonly height: Height;
};
export type CatalogueChanges = {
  readonly added: readonly CatalogueFile[];
  readonly removed: readonly Hash32[];
};
export type Page = { readonly limit: number; readonly cursor: string | undefined };
export type Found = { readonly files: readonly CatalogueFile[]; readonly next: string | undefined };

export type Catalogue = Startable & {
  /** The block up to which everything is indexed; −1 when nothing is. More than the chain's head means: reset. */
  height(): number;
  /** One transaction. A block that is indexed already changes nothing; blocks without files may be left out. */
  apply(height: Height, changes: CatalogueChanges): void;
  /** Adds files of which no block tells, when the catalogue is filled from a state; the height stays. */
  load(files: readonly CatalogueFile[]): void;
  /**
   * Best match first (bm25, then newest, then by hash); newest first for a blank query.
   * reject("request.too-long" | "request.wrong-value").
   */
  search(query: string, page: Page): Verdict<Found>;
  /** Forgets everything, for a rebuild from the chain. */
  reset(): void;
};

type Opened = { readonly database: DatabaseSync; readonly statements: ReadonlyMap<string, StatementSync> };

/** @param path - a file of its own, or ':memory:'. Opened by `start`. Every call may throw Fault("store.failed"). */
export function openCatalogue(path: string, log: Log): Catalogue {
  let opened: Opened | undefined;

  async function start(): Promise<void> {
    assert(opened === undefined, 'a catalogue is started once');
    try {
      opened = open(path);
    } catch (cause) {
      log.warn('the catalogue cannot be read and is built anew', { cause: asError(cause) });
      discard(path);
      opened = guarded(() => open(path));
    }
  }

  async function stop(): Promise<void> {
    opened?.database.close();
    opened = undefined;
  }

  function height(): number {
    const row = guarded(() => statement(SQL.height).get());
    return Number(row?.value ?? -1);
  }

  function apply(at: Height, changes: CatalogueChanges): void {
    if (at <= height()) return;
    transaction(() => {
      for (const file of changes.added) add(file);
      for (const hash of changes.removed) remove(hash);
      statement(SQL.setHeight).run(at);
    });
  }

  function load(files: readonly CatalogueFile[]): void {
    transaction(() => files.forEach(add));
  }

  function add(file: CatalogueFile): void {
    remove(file.hash);
    const { lastInsertRowid } = statement(SQL.addFile).run(file.hash, file.name, file.size, file.height);
    statement(SQL.addWords).run(lastInsertRowid, indexText(file.name));
  }

  function remove(hash: Hash32): void {
    const row = statement(SQL.findFile).get(hash);
    if (row === undefined) return;
    statement(SQL.removeWords).run(row.id!);
    statement(SQL.removeFile).run(row.id!);
  }

  function search(query: string, page: Page): Verdict<Found> {
    if (utf8(query).length > limits.searchQueryBytesMax) return reject('request.too-long');
    const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
    if (page.cursor !== undefined && after === undefined) return reject('request.wrong-value', WRONG_CURSOR);
    const limit = Math.max(1, Math.min(page.limit, limits.searchResultsMax));
    const listing = query.trim() === '';
    if (after !== undefined && (after.rank === undefined) !== listing) {
      return reject('request.wrong-value', WRONG_CURSOR);
    }
    const expression = matchExpression(query);
    if (expression === undefined && !listing) return accept({ files: [], next: undefined });
    const rows = guarded(() => (listing ? list(after, limit) : match(expression!, after, limit)));
    return accept(toPage(rows, limit));
  }

  function list(after: Position | undefined, limit: number): Row[] {
    const more = limit + 1;
    const rows =
      after === undefined
        ? statement(SQL.list).all(more)
        : statement(SQL.listAfter).all(after.height, after.height, after.hash, more);
    return rows as Row[];
  }

  function match(expression: string, after: Position | undefined, limit: number): Row[] {
    const more = limit + 1;
    const rows =
      after === undefined
        ? statement(SQL.match).all(expression, more)
        : statement(SQL.matchAfter).all(
            expression,
            after.rank!,
            after.rank!,
            after.height,
            after.height,
            after.hash,
            more,
          );
    return rows as Row[];
  }

  function reset(): void {
    transaction(() => {
      for (const sql of SQL.reset) statement(sql).run();
    });
  }

  function statement(sql: string): StatementSync {
    assert(opened !== undefined, 'the catalogue is started');
    const prepared = opened.statements.get(sql);
    assert(prepared !== undefined, 'every statement is prepared when the catalogue opens');
    return prepared;
  }

  function transaction(run: () => void): void {
    guarded(() => {
      statement(SQL.begin).run();
      try {
        run();
        statement(SQL.commit).run();
      } catch (error) {
        if (opened?.database.isTransaction) statement(SQL.rollback).run();
        throw error;
      }
    });
  }

  return { start, stop, height, apply, load, search, reset };
}

const WRONG_CURSOR = 'The cursor does not belong to this search.';

type Row = { hash: Uint8Array; name: string; size: bigint; height: bigint; rank: number | null };

function toPage(rows: readonly Row[], limit: number): Found {
  const files = rows
    .slice(0, limit)
    .map(({ hash, name, size, height }) => ({ hash, name, size, height: Number(height) }));
  const last = rows[limit - 1];
  const next =
    rows.length > limit && last !== undefined
      ? encodeCursor({ rank: last.rank ?? undefined, height: Number(last.height), hash: last.hash })
      : undefined;
  return { files, next };
}

function open(path: string): Opened {
  const database = new DatabaseSync(path);
  try {
    for (const pragma of SQL.pragmas) database.exec(pragma);
    const version = Number(database.prepare('PRAGMA user_version').get()!.user_version);
    if (version === 0) database.exec(SCHEMA);
    else if (version !== SCHEMA_VERSION) throw new Fault('store.failed', 'another version of the index');
    return { database, statements: prepareAll(database) };
  } catch (error) {
    database.close();
    throw error;
  }
}

function prepareAll(database: DatabaseSync): Map<string, StatementSync> {
  const prepared = new Map<string, StatementSync>();
  for (const sql of Object.values(SQL).flat()) {
    if (SQL.pragmas.includes(sql)) continue;
    const statement = database.prepare(sql);
    statement.setReadBigInts(true);
    prepared.set(sql, statement);
  }
  return prepared;
}

function discard(path: string): void {
  if (path === ':memory:') return;
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

/** SQLite's errors are operating faults: a full disk, a broken file. */
function guarded<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_SQLITE_ERROR') throw error;
    throw new Fault('store.failed', 'the catalogue failed', { cause: error });
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('not an error');
}
