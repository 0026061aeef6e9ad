/**
 * `npm test`: everything that CI runs, in the order in which it is cheap to fail:
 * types, format and lint, then every test. `npm test -- core rpc/mutation` checks the types and runs only the tests below
 * that folder, and of that file. The last lines say which tests have failed and why; also when somebody ends the run.
 * All of them run in two processes side by side (test-lanes.ts); at the end of each stands where its time has gone.
 */
import { spawnSync } from 'node:child_process';
import { globSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import { runLanes, type Tally } from './test-lanes.ts';
import { timesOf } from './test-times.ts';

const root = join(import.meta.dirname, '..');
/** Not a measure of speed: a test that hangs must end at all, and a crowded machine may be twenty times as slow. */
const HANG_MS = 20 * 60_000;
const SHOWN_MAX = 2_000;
const folders = process.argv.slice(2);
/** Those that wait for processes; and the others, the quick ones first. */
const WAITING = 'e2e';
const SLOW = 'sim';
const rest = readdirSync(join(root, 'test'))
  .map((name) => name.replace(/\.test\.ts$/, ''))
  .filter((name) => name !== WAITING && name !== SLOW && globOf(name).length > 0);
const LANES = [[...rest, SLOW], [WAITING]];

/** Of the lanes below: their types have been checked. */
const isLane = process.send !== undefined;

if (!isLane) step('types', 'tsc', []);
if (folders.length === 0) {
  step('format and lint', 'biome', ['check', '--error-on-warnings', '.']);
  end(await runLanes(import.meta.filename, LANES));
}

const mocha = new Mocha({ timeout: HANG_MS, reporter: 'spec', forbidOnly: true });
for (const folder of folders) {
  const files = globOf(folder).sort(unitTestsFirst);
  if (files.length === 0) {
    console.error(`no test is at test/${folder}`);
    process.exit(1);
  }
  for (const file of files) mocha.addFile(join(root, file));
}
await mocha.loadFilesAsync();
process.setMaxListeners(0); // each library that a test has started ends with this process
const failed: string[] = [];
let running = 'the first test';
const runner = mocha.run(() => conclude());
const times = timesOf(runner);
runner.on('test', (test) => {
  running = test.fullTitle();
});
runner.on('hook', (hook) => {
  running = hook.fullTitle();
});
runner.on('fail', (test, error: Error) => failed.push(`${test.fullTitle()}\n    ${firstLines(error)}`));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => conclude(`ended by ${signal} during: ${running}`));
}

/** @param cut - why the run is not whole. */
function conclude(cut?: string): void {
  const { passes = 0, pending = 0 } = runner.stats ?? {};
  console.log(times());
  const tally: Tally = {
    passed: passes,
    skipped: pending,
    failed: cut === undefined ? failed : [...failed, cut],
  };
  if (!isLane) end(tally);
  process.send!(tally, () => process.exit());
}

/** Ends the process, whatever sockets and timers are left. */
function end({ passed, skipped, failed }: Tally): never {
  console.log(`${passed} passed, ${failed.length} failed, ${skipped} skipped`);
  for (const what of failed) console.log(`FAILED: ${what}`);
  process.exit(failed.length === 0 && passed > 0 ? 0 : 1);
}

function globOf(folder: string): string[] {
  return globSync([`test/${folder}/**/*.test.ts`, `test/${folder}.test.ts`], { cwd: root });
}

/** Enough to know what it was; the whole stack stands further up. */
function firstLines({ name, message }: Error): string {
  return `${name}: ${message}`.slice(0, SHOWN_MAX).replaceAll('\n', '\n    ');
}

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
