/** Runs tests with mocha in this process, and says what has become of them. */
import { join } from 'node:path';
import Mocha from 'mocha';
import { ROOT } from './test-files.ts';
import { SIGNALS, type Tally } from './test-lanes.ts';
import { Times } from './test-times.ts';

/** Not a measure of speed: a test that hangs must end at all, and a crowded machine may be twenty times as slow. */
const HANG_MS = 20 * 60_000;
const SHOWN_MAX = 2_000;

/** @param files - from ROOT. Comes to its end as well when somebody ends this process, and says so. */
export async function runTests(files: readonly string[]): Promise<Tally> {
  const mocha = new Mocha({ timeout: HANG_MS, reporter: 'spec', forbidOnly: true });
  for (const file of files) mocha.addFile(join(ROOT, file));
  await mocha.loadFilesAsync();
  process.setMaxListeners(0); // each library that a test has started ends with this process
  return new Promise((resolve) => {
    const failed: string[] = [];
    let running = 'the first test';
    const runner = mocha.run(() => conclude());
    const times = new Times(runner);
    runner.on('test', (test) => {
      running = test.fullTitle();
    });
    runner.on('hook', (hook) => {
      running = hook.fullTitle();
    });
    runner.on('fail', (test, error: Error) => failed.push(`${test.fullTitle()}\n    ${firstLines(error)}`));
    const cuts = SIGNALS.map((signal) => {
      const cut = (): void => conclude(`ended by ${signal} during: ${running}`);
      process.once(signal, cut);
      return () => process.off(signal, cut);
    });

    /** @param cut - why the run is not whole. */
    function conclude(cut?: string): void {
      for (const undo of cuts) undo();
      const { passes = 0, pending = 0 } = runner.stats ?? {};
      resolve({
        passed: passes,
        skipped: pending,
        failed: cut === undefined ? failed : [...failed, cut],
        times: times.byFile(),
        memory: process.memoryUsage().rss,
      });
    }
  });
}

/** Enough to know what it was; the whole stack stands further up. */
function firstLines({ name, message }: Error): string {
  return `${name}: ${message}`.slice(0, SHOWN_MAX).replaceAll('\n', '\n    ');
}
