import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../scripts/test-files.ts';
import type { Tally } from '../../scripts/test-lanes.ts';

const GOOD = `it('passes', () => {});`;
const FORGETFUL = `it('waits for nobody', async () => {
  void Promise.reject(new Error('nobody has caught this'));
  await new Promise((resolve) => setTimeout(resolve, 50));
});`;

describe('a process that runs one file of tests after the other', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-run-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** In a process of its own: what nobody catches there is not to end the test here. */
  function run(...files: readonly string[]): readonly Tally[] {
    const paths = files.map((text, index) => {
      const path = join(folder, `${index}.mjs`);
      writeFileSync(path, text);
      return relative(ROOT, path);
    });
    const program = `
      import { runTests } from '${join(ROOT, 'scripts/test-run.ts')}';
      const tallies = [];
      for (const path of ${JSON.stringify(paths)}) tallies.push(await runTests([path]));
      console.log('\\n' + JSON.stringify(tallies));
      process.exit();`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
      timeout: 120_000, // mocha could hand it about for ever
    });
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as readonly Tally[];
  }

  it('fails the test that runs when a promise is rejected and nobody waits for it, however many have run before', () => {
    const [, , tally] = run(GOOD, GOOD, FORGETFUL);
    expect(tally!.failed).to.have.lengthOf(1);
    expect(tally!.failed[0]).to.include('waits for nobody').and.to.include('nobody has caught this');
  });

  it('leaves nothing of a run on the process, and goes on behind one that has failed', () => {
    const tallies = run(FORGETFUL, GOOD);
    expect(tallies.map(({ passed, failed }) => [passed, failed.length])).to.deep.equal([
      [0, 1],
      [1, 0],
    ]);
  });
});
