/**
 * What the thread of catalogue/catalogue.ts runs: one SQLite connection, one question after the other. SQLite in
 * Node.js cannot be interrupted, so a search walks through the index in windows of files, newest first: none costs more
 * than some milliseconds, whatever is looked for. After some of them the thread asks to be told to go on, and does what else
 * there is to do before that.
 */
import type { CatalogueChanges, CatalogueFile } from './changes.ts';
import { createRank } from './rank.ts';
import type { PRAGMAS, SCHEMA, SCHEMA_VERSION, SQL } from './schema.ts';
import { createWords, type Words } from './words.ts';

export type ThreadData = {
  readonly path: string;
  readonly schema: typeof SCHEMA;
  readonly version: typeof SCHEMA_VERSION;
  readonly pragmas: typeof PRAGMAS;
  readonly sql: typeof SQL;
  /** A search looks at its clock after so many files, or more where they cost little, and gives up after so long. */
  readonly windowFiles: number;
  /** What looking at one window may cost. */
  readonly windowMs: number;
  /** After so much of the thread's processor time, and the window that is under way, others have a turn. */
  readonly sliceMs: number;
  /** Of its own processor time: how many others run on the machine is not its doing. */
  readonly searchMs: number;
  /** Of the newest matches so many are ranked. */
  readonly matchesMax: number;
};
export type Row = {
  readonly hash: Uint8Array;
  readonly name: string;
  readonly size: bigint;
  readonly height: bigint;
  readonly rank: number | null;
};
export type RowPosition = {
  readonly rank: number | undefined;
  readonly height: number;
  readonly hash: Uint8Array;
};

/** What a search begins with. */
export type SearchStart =
  | { readonly kind: 'list'; readonly after: RowPosition | undefined; readonly count: number }
  | { readonly kind: 'sized'; readonly size: bigint; readonly count: number }
  | {
      readonly kind: 'match';
      readonly expression: string;
      readonly query: string;
      /** A word of the title must begin so: the expression asks for a part of it only. */
      readonly rest: string | undefined;
      readonly after: RowPosition | undefined;
      readonly count: number;
    };
export type Question =
  | { readonly kind: 'open' | 'close' | 'height' | 'reset' }
  /** `walk`: a number of its own. Answered with rows, or with "more". */
  | (SearchStart & { readonly walk: number })
  /** A search to whose question there was "more"; what has ended is forgotten already. */
  | { readonly kind: 'go-on' | 'forget'; readonly walk: number }
  | { readonly kind: 'apply'; readonly height: number; readonly changes: CatalogueChanges }
  | { readonly kind: 'load'; readonly files: readonly CatalogueFile[] };
export type Rows = {
  readonly kind: 'rows';
  /** undefined: it took too long. */
  readonly rows: readonly Row[] | undefined;
  readonly usedMs: number;
};
export type Reply =
  | { readonly kind: 'done' }
  | { readonly kind: 'height'; readonly height: number }
  /** Of this slice alone. */
  | { readonly kind: 'more'; readonly usedMs: number }
  /** The search began in another thread, or before a reset. */
  | { readonly kind: 'gone' }
  | Rows
  /** Of SQLite: a full disk, a broken file, or an index of another version. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** Stands alone, as the thread gets its text: a thread that loads our modules takes twice the memory. */
function serve(words: Words, rankOf: typeof createRank): void {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const {
    path,
    schema,
    version,
    pragmas,
    sql,
    windowFiles,
    windowMs,
    sliceMs,
    searchMs,
    matchesMax,
  }: ThreadData = workerData;
  type Statements = { [name in keyof typeof sql]: ReturnType<InstanceType<typeof DatabaseSync>['prepare']> };
  let database: InstanceType<typeof DatabaseSync> | undefined;
  let statements: Statements;

  const open = (): void => {
    const opened = new DatabaseSync(path);
    try {
      for (const pragma of pragmas) opened.exec(pragma);
      const found = Number(opened.prepare('PRAGMA user_version').get()!.user_version);
      if (found === 0) opened.exec(schema);
      else if (found !== version) throw failure('another version of the index');
      const prepared = Object.entries(sql).map(([name, text]) => {
        const statement = opened.prepare(text);
        statement.setReadBigInts(true);
        return [name, statement];
      });
      database = opened;
      statements = Object.fromEntries(prepared);
    } catch (error) {
      opened.close();
      throw error;
    }
  };
  const failure = (message: string): Error => Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR' });

  const transaction = (run: () => void): void => {
    statements.begin.run();
    try {
      run();
      statements.commit.run();
    } catch (error) {
      if (database?.isTransaction) statements.rollback.run();
      throw error;
    }
  };
  const height = (): number => Number(statements.height.get()?.value ?? -1);
  const remove = (hash: Uint8Array): void => {
    const row = statements.findFile.get(hash);
    if (row === undefined) return;
    statements.removeWords.run(row.id!);
    statements.removeFile.run(row.id!);
  };
  const add = (file: CatalogueFile): void => {
    remove(file.hash);
    const { lastInsertRowid } = statements.addFile.run(file.hash, file.name, file.size, file.height);
    statements.addWords.run(lastInsertRowid, words.indexText(file.name));
  };
  const apply = (at: number, changes: CatalogueChanges): void => {
    if (at <= height()) return;
    transaction(() => {
      for (const file of changes.added) add(file);
      for (const hash of changes.removed) remove(hash);
      statements.setHeight.run(at);
    });
  };
  const reset = (): void =>
    transaction(() => {
      for (const forget of [statements.forgetWords, statements.forgetFiles, statements.forgetHeight])
        forget.run();
    });

  const list = (after: RowPosition | undefined, count: number): Row[] => {
    const { list: first, listAfter } = statements;
    const rows =
      after === undefined ? first.all(count) : listAfter.all(after.height, after.height, after.hash, count);
    return rows as Row[];
  };

  /** Of this thread, since `begun`. */
  const cpuMsSince = (begun: NodeJS.CpuUsage): number => {
    const { user, system } = process.threadCpuUsage(begun);
    return (user + system) / 1_000;
  };

  type Match = Question & { readonly kind: 'match' };
  /** How far a search has come. Thousands of rows are looked at in a slice; what waits holds no more than it will answer. */
  type Walk = {
    readonly question: Match;
    readonly rank: ReturnType<typeof createRank>;
    /** Where the page begins. */
    readonly place: Ordered | undefined;
    /** The newest file that it has not looked at. */
    to: number;
    /** Of the next window. */
    files: number;
    matches: number;
    best: readonly (Row & Ordered)[];
    usedMs: number;
  };
  const begin = (question: Match): Walk => {
    const to = Number(statements.newest.get()?.id ?? 0);
    const { query, after } = question;
    const rank = rankOf(words.tokensOf(query));
    const place = after && { rank: after.rank!, height: BigInt(after.height), hash: after.hash };
    return { question, rank, place, to, files: windowFiles, matches: 0, best: [], usedMs: 0 };
  };
  const isOver = ({ to, matches }: Walk): boolean => to <= 0 || matches >= matchesMax;

  const lookAtWindow = (walk: Walk): void => {
    const { rank, place } = walk;
    const { expression, rest, count } = walk.question;
    const begun = process.threadCpuUsage();
    const from = walk.to - walk.files + 1;
    const rows = statements.match.all(expression, from, walk.to, matchesMax) as (Row & { id: bigint })[];
    const found = rows.filter(({ name }) => rest === undefined || begins(name, rest));
    found.splice(matchesMax - walk.matches);
    const ranked = found.map((row) => ({ ...row, rank: rank(words.tokensOf(row.name)) }));
    const behind = ranked.filter((row) => place === undefined || inOrder(row, place) > 0);
    walk.best = [...walk.best, ...behind].sort(inOrder).slice(0, count);
    walk.matches += found.length;
    // More than are read at once: the others of this window come next.
    walk.to = rows.length < matchesMax ? from - 1 : Number(rows.at(-1)!.id) - 1;
    // Each window costs anew what its words cost to be looked up: where there is little to read, few windows do.
    const cost = cpuMsSince(begun);
    const isCheap = cost < windowMs / 4;
    walk.files = isCheap
      ? Math.min(8 * windowFiles, 2 * walk.files)
      : Math.max(windowFiles, Math.floor(walk.files / 2));
    walk.usedMs += cost;
  };
  const begins = (title: string, word: string): boolean =>
    words.tokensOf(title).some((token) => token.startsWith(word));
  type Ordered = { readonly rank: number; readonly height: bigint; readonly hash: Uint8Array };
  const inOrder = (a: Ordered, b: Ordered): number =>
    a.rank - b.rank || Number(b.height - a.height) || Buffer.compare(a.hash, b.hash);

  /** Those that have begun and are not at their end: no more than wait in the queue. */
  const walks = new Map<number, Walk>();
  const goOn = (id: number, walk: Walk): Reply => {
    const before = walk.usedMs;
    walks.delete(id); // also when SQLite fails
    do lookAtWindow(walk);
    while (!isOver(walk) && walk.usedMs < searchMs && walk.usedMs - before < sliceMs);
    const usedMs = walk.usedMs - before;
    if (isOver(walk)) return { kind: 'rows', rows: walk.best, usedMs };
    if (walk.usedMs >= searchMs) return { kind: 'rows', rows: undefined, usedMs };
    walks.set(id, walk);
    return { kind: 'more', usedMs };
  };

  const answer = (question: Question): Reply => {
    switch (question.kind) {
      case 'open':
        open();
        return { kind: 'done' };
      case 'close':
        database?.close();
        return { kind: 'done' };
      case 'height':
        return { kind: 'height', height: height() };
      case 'reset':
        walks.clear(); // they stand between files that are gone
        reset();
        return { kind: 'done' };
      case 'apply':
        apply(question.height, question.changes);
        return { kind: 'done' };
      case 'load':
        transaction(() => question.files.forEach(add));
        return { kind: 'done' };
      case 'list': {
        const begun = process.threadCpuUsage();
        const rows = list(question.after, question.count);
        return { kind: 'rows', rows, usedMs: cpuMsSince(begun) };
      }
      case 'sized': {
        const begun = process.threadCpuUsage();
        const rows = statements.sized.all(question.size, question.count) as Row[];
        return { kind: 'rows', rows, usedMs: cpuMsSince(begun) };
      }
      case 'match':
        return goOn(question.walk, begin(question));
      case 'go-on': {
        const walk = walks.get(question.walk);
        return walk === undefined ? { kind: 'gone' } : goOn(question.walk, walk);
      }
      case 'forget':
        walks.delete(question.walk);
        return { kind: 'done' };
    }
  };

  parentPort!.on('message', (question: Question) => {
    let reply: Reply;
    try {
      reply = answer(question);
    } catch (error) {
      const { code, message } = error as Error & { readonly code?: unknown };
      if (code !== 'ERR_SQLITE_ERROR') throw error;
      reply = { kind: 'failed', code, message };
    }
    parentPort!.postMessage(reply);
  });
}

/** A script. */
export const THREAD_CODE = `(${serve})((${createWords})(), ${createRank});`;
