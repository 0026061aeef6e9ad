/** Who reads that something stands in a file opens it: each file that a page or a comment names is there. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '..');
/** What was once called otherwise is told by its old name. */
const HISTORY = 'CHANGELOG.md';
/** One page, named from everywhere by its name alone. */
const SPEC = 'consensus/SPEC.md';

const files = globSync('**/*.{ts,js,md}', { cwd: ROOT, exclude: ['node_modules'] }).sort();

describe('each file that is named', () => {
  it('in a page is there', () => {
    const pages = files.filter((path) => path.endsWith('.md') && path !== HISTORY);
    expect(pages).to.include('ARCHITECTURE.md');
    expect(lost(pages, textOf, () => '')).to.deep.equal([]);
  });

  it('in a comment is there: from the root, or in the same folder', () => {
    const sources = files.filter((path) => path.endsWith('.ts'));
    expect(lost(sources, commentsOf, folderOf)).to.deep.equal([]);
  });
});

/** @param within - where its short names lead to. */
function lost(
  paths: readonly string[],
  read: (path: string) => string,
  within: (path: string) => string,
): string[] {
  return paths.flatMap((path) =>
    [...read(path).matchAll(/[\w/.-]*\w\.(?:ts|md)\b/g)]
      .map(([name]) => name.replace(/^[./]+/, ''))
      .filter((name) => !isThere(name, within(path)))
      .map((name) => `${path}: ${name}`),
  );
}

function isThere(name: string, folder: string): boolean {
  return (
    files.includes(name) ||
    SPEC.endsWith(`/${name}`) ||
    files.some((path) => path.startsWith(folder) && path.endsWith(`/${name}`))
  );
}

/** A test names what it tests, wherever that is. */
function folderOf(path: string): string {
  return path.startsWith('test/') ? '' : path.slice(0, path.indexOf('/') + 1);
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function commentsOf(path: string): string {
  return [...textOf(path).matchAll(/\/\*[\s\S]*?\*\/|(?:^|[^:'"`])\/\/.*$/gm)]
    .map(([comment]) => comment)
    .join('\n');
}
