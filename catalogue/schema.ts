/**
 * The tables and statements of the index. `files` has what is shown; `words` is a contentless FTS5 table over it
 * (https://www.sqlite.org/fts5.html, "Contentless-Delete Tables"). Amounts fit into SQLite's 64-bit integers.
 */

export const SCHEMA_VERSION = 1;

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
  CREATE VIRTUAL TABLE words USING fts5 (
    title, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
  );
  PRAGMA user_version = ${SCHEMA_VERSION};
  COMMIT;
`;

const MATCHES = `
  SELECT hash, name, size, height, rank FROM (
    SELECT f.hash AS hash, f.name AS name, f.size AS size, f.height AS height, bm25(words) AS rank
    FROM words JOIN files AS f ON f.id = words.rowid WHERE words MATCH ?
  )`;

export const SQL = {
  /** The index can be rebuilt: it need not survive a power cut to the last block, but it must not be torn. */
  pragmas: ['PRAGMA journal_mode = WAL', 'PRAGMA synchronous = NORMAL', 'PRAGMA trusted_schema = OFF'],
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
  listAfter: `SELECT hash, name, size, height, NULL AS rank FROM files
    WHERE height < ? OR (height = ? AND hash > ?) ORDER BY height DESC, hash LIMIT ?`,
  match: `${MATCHES} ORDER BY rank, height DESC, hash LIMIT ?`,
  matchAfter: `${MATCHES} WHERE rank > ? OR (rank = ? AND (height < ? OR (height = ? AND hash > ?)))
    ORDER BY rank, height DESC, hash LIMIT ?`,
  reset: ["INSERT INTO words (words) VALUES ('delete-all')", 'DELETE FROM files', 'DELETE FROM progress'],
};
