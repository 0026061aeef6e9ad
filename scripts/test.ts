/**
 * `npm test`: everything that CI runs, in the order in which it is cheap to fail:
 * types, format and lint, then every test. `npm test -- core rpc/mutation` checks the types and runs only the tests below
 * that folder, and of that file. The last lines say where the time has gone, which tests have failed and why; also when
 * somebody ends the run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesOf, queues, ROOT } from './test-files.ts';
import { runLanes, type Tally } from './test-lanes.ts';
import { runTests } from './test-run.ts';
import { tableOf } from './test-times.ts';

const LANE = join(import.meta.dirname, 'test-lane.ts');
const folders = process.argv.slice(2);

step('types', 'tsc', []);
compileOnce();
if (folders.length === 0) {
  step('format and lint', 'biome', ['check', '--error-on-warnings', '.']);
  const { working, waiting } = queues();
  const [work, wait] = [[...working], [...waiting]];
  // Two of those that wait beside one that works; when they are done, one goes on with what is left, on the second core.
  end(await runLanes(LANE, [[work, wait], [wait, work], [wait]]));
}

const files = folders.map(filesOf);
const missing = files.findIndex((found) => found.length === 0);
if (missing >= 0) {
  console.error(`no test is at test/${folders[missing]}`);
  process.exit(1);
}
end(await runTests(files.flat()));

/** Ends the process, whatever sockets and timers are left. */
function end({ passed, failed, skipped, times }: Tally): never {
  console.log(tableOf(times));
  console.log(`${passed} passed, ${failed.length} failed, ${skipped} skipped`);
  for (const what of failed) console.log(`FAILED: ${what}`);
  process.exit(failed.length === 0 && passed > 0 ? 0 : 1);
}

/** For all processes that are started: to load a library takes 1.9 s of a processor, and 1.3 s when it has been compiled before. */
function compileOnce(): void {
  const folder = mkdtempSync(join(tmpdir(), 'digitallib-compiled-'));
  process.env.NODE_COMPILE_CACHE ??= folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}

function step(name: string, command: string, args: string[]): void {
  console.log(`\n  ${name}`);
  const done = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (done.error !== undefined || done.status !== 0) {
    console.error(`  ${name} failed`);
    process.exit(1);
  }
}
