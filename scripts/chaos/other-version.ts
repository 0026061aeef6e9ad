/**
 * The program as it will be some day: a copy of this checkout that knows rules of a later version. They are those of
 * now under another number; what is tried is how two versions live together, not what a new rule would be.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const NOT_COPIED = new Set(['node_modules', 'test', 'scripts', 'docs']);
const VERSION_FILE = join('chain', 'kind', 'rules-version.ts');
const VERSION_LINE = /^export const RULES_VERSION = \d+;$/gm;

/** @param folder - is made. @returns its command line, to be started with Node.js. */
export function copyWithRules(folder: string, version: number): string {
  mkdirSync(folder);
  for (const name of readdirSync(ROOT)) {
    if (NOT_COPIED.has(name) || name.startsWith('.')) continue;
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const path = join(folder, VERSION_FILE);
  const text = readFileSync(path, 'utf8');
  const places = text.match(VERSION_LINE)?.length ?? 0;
  if (places !== 1) throw new Error(`${VERSION_FILE} names its version ${places} times`);
  writeFileSync(path, text.replace(VERSION_LINE, `export const RULES_VERSION = ${version};`));
  return join(folder, 'cli', 'main.js');
}
