/** The numbers hold the house together: every rule of SPEC.md has a test, and every number that the code cites exists. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';

const ROOT = join(import.meta.dirname, '../..');
const read = (pattern: string) =>
  globSync(pattern, { cwd: ROOT }).map((path) => readFileSync(join(ROOT, path), 'utf8'));
const numbers = (texts: readonly string[]) => new Set(texts.join('\n').match(/\b[RSA]\d+\b/g));

const rules = new Set(
  [
    ...read('consensus/SPEC.md')
      .join()
      .matchAll(/\*\*([RSA]\d+)\*\*/g),
  ].map(([, rule]) => rule!),
);

describe('SPEC.md of consensus', () => {
  it('every rule has a test that is named after it', () => {
    const titles = read('test/consensus/*.test.ts').flatMap((text) => text.match(/\bit\(\s*'[^']*'/g) ?? []);
    const tested = numbers(titles);
    expect([...rules].filter((rule) => !tested.has(rule))).to.deep.equal([]);
  });

  it('every number in code and tests is a rule', () => {
    const cited = numbers(read('{consensus,test/consensus}/*.ts'));
    expect([...cited].filter((rule) => !rules.has(rule))).to.deep.equal([]);
  });
});
