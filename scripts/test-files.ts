/** Which tests there are, and in which order they run: of the slow ones first what takes long, lest one lane ends alone with it. */
import { globSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..');
/** Those that start processes: they wait more than they work. */
const WAITING = /^test\/e2e\//;
/** Those that take a core for minutes: after the quick ones, in which it is cheaper to fail. */
const SLOW = /^test\/sim\//;
/**
 * Longer than half a minute. The siege, which measures, comes first and beside one that hardly works; then the others, the
 * longest first.
 */
export const FIRST = [
  ...[
    'siege',
    'admission',
    'chaos',
    'operations',
    'hello',
    'passes',
    'hostile',
    'waiting',
    'demo',
    'places',
  ].map((name) => `test/e2e/${name}.test.ts`),
  ...['sim', 'planted', 'mixed-programs'].map((name) => `test/sim/${name}.test.ts`),
];

/** @param folder - of test/, or a file there without `.test.ts`. @returns paths from ROOT; the quick ones first. */
export function filesOf(folder: string): readonly string[] {
  return globSync([`test/${folder}/**/*.test.ts`, `test/${folder}.test.ts`], { cwd: ROOT }).sort(inOrder);
}

/** All of them, each in one of two: who works, and who waits. */
export function queues(): { readonly working: readonly string[]; readonly waiting: readonly string[] } {
  const all = globSync('test/**/*.test.ts', { cwd: ROOT }).sort(inOrder);
  return {
    working: all.filter((file) => !WAITING.test(file)),
    waiting: all.filter((file) => WAITING.test(file)),
  };
}

function inOrder(a: string, b: string): number {
  return Number(isSlow(a)) - Number(isSlow(b)) || placeOf(a) - placeOf(b) || a.localeCompare(b);
}

function isSlow(file: string): boolean {
  return SLOW.test(file) || WAITING.test(file);
}

function placeOf(file: string): number {
  const at = FIRST.indexOf(file);
  return at < 0 ? FIRST.length : at;
}
