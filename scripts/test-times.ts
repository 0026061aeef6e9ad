/** Where the time of a run goes: by file of test/, the wall time of the suites in it, hooks included. */
import { dirname, join, relative } from 'node:path';
import type Mocha from 'mocha';
import { ROOT } from './test-files.ts';

/** Less is not worth a line. */
const SHOWN_S = 5;
const TEST = join(ROOT, 'test');

export class Times {
  readonly #spent = new Map<string, number>();

  constructor(runner: Mocha.Runner) {
    let from = performance.now();
    runner.on('suite', ({ parent }) => {
      if (parent?.root === true) from = performance.now();
    });
    runner.on('suite end', ({ file, parent }) => {
      if (parent?.root !== true || file === undefined) return;
      const name = relative(TEST, file).replace(/\.test\.ts$/, '');
      this.#spent.set(name, (this.#spent.get(name) ?? 0) + (performance.now() - from) / 1_000);
    });
  }

  /** Seconds. */
  byFile(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#spent);
  }
}

/** @param times - seconds by file. @returns two tables, the longest first: folders, then single files. */
export function tableOf(times: Readonly<Record<string, number>>): string {
  const folders: Record<string, number> = {};
  for (const [file, seconds] of Object.entries(times)) {
    const folder = dirname(file);
    folders[folder] = (folders[folder] ?? 0) + seconds;
  }
  return `${rowsOf(folders)}\n${rowsOf(times)}`;
}

function rowsOf(times: Readonly<Record<string, number>>): string {
  const rows = Object.entries(times).filter(([, seconds]) => seconds >= SHOWN_S);
  const sorted = rows.sort(([, a], [, b]) => b - a);
  return sorted.map(([what, seconds]) => `${seconds.toFixed(0).padStart(6)} s  ${what}\n`).join('');
}
