/**
 * Makes a folder and those above it, or leaves nothing behind. Not by the recursive mkdir of Node.js, which never returns where the kernel says
 * that a folder which is there does not exist: below /proc, for one.
 */
import { existsSync, mkdirSync, rmdirSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
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

/** Does work that makes `partial`, beside its place; what it has made so far goes when it fails. */
export async function orNothing<T>(partial: string, work: () => Promise<T>): Promise<T> {
  await rm(partial, { recursive: true, force: true });
  try {
    return await work();
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}
