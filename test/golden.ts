/**
 * Golden bytes: they change on purpose only. The files stand in test/vectors/; `npm run vectors` writes them anew, from
 * what the code makes today (docs/contributing/kinds.md). Those of torrents are another program's, and are never written.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

/** Set by scripts/vectors.ts. */
export const WRITES = 'DIGITALLIB_WRITES_VECTORS';

/** @param name - of the file without its ending. @param found - what the code makes today. */
export function golden(name: string, found: unknown): void {
  const path = join(import.meta.dirname, 'vectors', `${name}.json`);
  if (process.env[WRITES] === 'true') writeFileSync(path, `${JSON.stringify(found, null, 2)}\n`);
  expect(found).to.deep.equal(JSON.parse(readFileSync(path, 'utf8')));
}
