/** Where the time of a run goes: by folder of test/, the wall time of the suites in it, hooks included. */
import { dirname, join, relative } from 'node:path';
import type Mocha from 'mocha';

const TESTS = join(import.meta.dirname, '..', 'test');
/** Less is not worth a line. */
const SHOWN_MS = 5_000;

/** @returns to be called at the end: a table, the longest first; nothing where no folder took long. */
export function timesOf(runner: Mocha.Runner): () => string {
  const spent = new Map<string, number>();
  let from = performance.now();
  runner.on('suite', ({ parent }) => {
    if (parent?.root === true) from = performance.now();
  });
  runner.on('suite end', ({ file, parent }) => {
    if (parent?.root !== true || file === undefined) return;
    const folder = dirname(relative(TESTS, file));
    spent.set(folder, (spent.get(folder) ?? 0) + performance.now() - from);
  });
  return () => {
    const rows = [...spent].filter(([, ms]) => ms >= SHOWN_MS).sort(([, a], [, b]) => b - a);
    return rows.map(([folder, ms]) => `${(ms / 1_000).toFixed(0).padStart(6)} s  ${folder}\n`).join('');
  };
}
