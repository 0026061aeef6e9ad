/** Runs tests with mocha in this process, and says what has become of them. */
import { join } from 'node:path';
import Mocha from 'mocha';
import { ROOT } from './test-files.ts';
import { SIGNALS, type Tally } from './test-lanes.ts';
import { Times } from './test-times.ts';

/** Not a measure of speed: a test that hangs must end at all, and a crowded machine may be twenty times as slow. */
const HANG_MS = 20 * 60_000;
const SHOWN_MAX = 2_000;

/**
 * @param files - from ROOT. Comes to its end as well when somebody ends this process, and says so. What a test has thrown where nobody
 * waited for it fails the test that runs by then. A process may run one after the other: mocha's runners hand what they do not know to
 * each other, for ever, unless those that are done let go of the process.
 */
export async function runTests(files: readonly string[]): Promise<Tally> {
  const mocha = new Mocha({ timeout: HANG_MS, reporter: 'spec', forbidOnly: true });
  for (const file of files) mocha.addFile(join(ROOT, file));
  await mocha.loadFilesAsync();
  process.setMaxListeners(0); // each library that a test has started ends with this process
  process.on('unhandledRejection', fails);
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
      process.off('unhandledRejection', fails);
      const { passes = 0, pending = 0 } = runner.stats ?? {};
      resolve({
        passed: passes,
        skipped: pending,
        failed: cut === undefined ? failed : [...failed, cut],
        times: times.byFile(),
        memory: process.memoryUsage().rss,
      });
      runner.dispose();
    }
  });
}

/** mocha looks at exceptions only. */
function fails(reason: unknown): void {
  throw reason;
}

/** Enough to know what it was; the whole stack stands further up. */
function firstLines({ name, message }: Error): string {
  return `${name}: ${message}`.slice(0, SHOWN_MAX).replaceAll('\n', '\n    ');
}
