/**
 * `npm test`: everything that CI runs, in the order in which it is cheap to fail:
 * types, format and lint, then every test. `npm test -- core rpc/mutation` runs only the tests below that
 * folder, and of that file.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

const root = join(import.meta.dirname, '..');
/** Not a measure of speed: a test that hangs must end at all. */
const HANG_MS = 10 * 60_000;
const folders = process.argv.slice(2);

if (folders.length === 0) {
  step('types', 'tsc', []);
  step('format and lint', 'biome', ['check', '--error-on-warnings', '.']);
}

const mocha = new Mocha({ timeout: HANG_MS, reporter: 'spec', forbidOnly: true });
const chosen = folders.length === 0 ? ['.'] : folders;
for (const folder of chosen) {
  const files = globSync([`test/${folder}/**/*.test.ts`, `test/${folder}.test.ts`], { cwd: root }).sort(
    unitTestsFirst,
  );
  for (const file of files) mocha.addFile(join(root, file));
}
await mocha.loadFilesAsync();
const runner = mocha.run((failures) => {
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  console.log(`${passes} passed, ${failures} failed, ${pending} skipped`);
  process.exit(failures === 0 && passes > 0 ? 0 : 1);
});

function step(name: string, command: string, args: string[]): void {
  console.log(`\n  ${name}`);
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (done.error !== undefined || done.status !== 0) {
    console.error(`  ${name} failed`);
    process.exit(1);
  }
}

function unitTestsFirst(a: string, b: string): number {
  return Number(isSlow(a)) - Number(isSlow(b)) || a.localeCompare(b);
}

function isSlow(file: string): boolean {
  return file.includes('e2e') || file.includes('sim');
}
