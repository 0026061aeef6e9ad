/**
 * Makes a folder and those above it. Not by the recursive mkdir of Node.js, which never returns where the kernel says
 * that a folder which is there does not exist: below /proc, for one.
 */
import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../../core/fault.ts';

/**
 * For its owner alone. When it cannot be made, none of those above it is left behind.
 * @returns those that were not there before, the uppermost first. @throws Fault("config.invalid") when it cannot be made.
 */
export function makeFolder(path: string): readonly string[] {
  const parent = dirname(path);
  const above = parent !== path && !existsSync(parent) ? makeFolder(parent) : [];
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return above;
    mkdirSync(path, { mode: 0o700 });
    return [...above, path];
  } catch (cause) {
    takeBack(above);
    throw new Fault('config.invalid', `${path} cannot be made`, { cause });
  }
}

/** Folders that were made for something that has failed; those that hold something by now stay. */
export function takeBack(made: readonly string[]): void {
  for (const path of made.toReversed()) {
    try {
      rmdirSync(path);
    } catch {
      return; // somebody uses it, or its disk fails: what failed first is what is told
    }
  }
}
