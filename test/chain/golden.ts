/** Golden bytes: they change on purpose only. The files stand in test/vectors/. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

/** @param name - of the file without its ending. @param found - what the code makes today. */
export function golden(name: string, found: unknown): void {
  const path = join(import.meta.dirname, '..', 'vectors', `${name}.json`);
  expect(found).to.deep.equal(JSON.parse(readFileSync(path, 'utf8')));
}
