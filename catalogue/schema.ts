/**
 * The tables and statements of the index. `files` has what is shown; `words` is a contentless FTS5 table over it
 * (https://www.sqlite.org/fts5.html, "Contentless-Delete Tables"). Amounts fit into SQLite's 64-bit integers.
 */

export const SCHEMA_VERSION = 3;

/** Prefixes of every length up to eight characters are indexed: else a short one is a walk through all words with it. */
export const SCHEMA = `
  BEGIN;
  CREATE TABLE progress (id INTEGER PRIMARY KEY CHECK (id = 1), value INTEGER NOT NULL) STRICT;
  CREATE TABLE files (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    height INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX files_newest ON files (height DESC, hash);
  CREATE INDEX files_size ON files (size);
  CREATE VIRTUAL TABLE words USING fts5 (
    title, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2',
    prefix = '1 2 3 4 5 6 7 8'
  );
  PRAGMA user_version = ${SCHEMA_VERSION};
  COMMIT;
`;

export const SQL = {
  begin: 'BEGIN IMMEDIATE',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  height: 'SELECT value FROM progress WHERE id = 1',
  setHeight: 'INSERT INTO progress VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET value = excluded.value',
  findFile: 'SELECT id FROM files WHERE hash = ?',
  addFile: 'INSERT INTO files (hash, name, size, height) VALUES (?, ?, ?, ?)',
  addWords: 'INSERT INTO words (rowid, title) VALUES (?, ?)',
  removeFile: 'DELETE FROM files WHERE id = ?',
  removeWords: 'DELETE FROM words WHERE rowid = ?',
  list: 'SELECT hash, name, size, height, NULL AS rank FROM files ORDER BY height DESC, hash LIMIT ?',
  /** Begins at the height of the cursor: at most the files of one block are passed over. */
  listAfter: `SELECT hash, name, size, height, NULL AS rank FROM files
    WHERE height <= ? AND (height < ? OR hash > ?) ORDER BY height DESC, hash LIMIT ?`,
  sized: 'SELECT hash, name, size, height, NULL AS rank FROM files WHERE size = ? LIMIT ?',
  newest: 'SELECT max(id) AS id FROM files',
  /** The matches of one window of ids, newest first. FTS5 goes straight to the first id. */
  match: `SELECT f.id AS id, f.hash AS hash, f.name AS name, f.size AS size, f.height AS height
    FROM words JOIN files AS f ON f.id = words.rowid
    WHERE words MATCH ? AND words.rowid BETWEEN ? AND ? ORDER BY words.rowid DESC LIMIT ?`,
  forgetWords: "INSERT INTO words (words) VALUES ('delete-all')",
  forgetFiles: 'DELETE FROM files',
  forgetHeight: 'DELETE FROM progress',
} as const;

/** The index can be rebuilt: it need not survive a power cut to the last block, but it must not be torn. */
export const PRAGMAS: readonly string[] = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = NORMAL',
  'PRAGMA trusted_schema = OFF',
];
