/**
 * Makes a folder and those above it. Not by the recursive mkdir of Node.js, which never returns where the kernel says
 * that a folder which is there does not exist: below /proc, for one.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault } from '../core/fault.ts';

/** For its owner alone. @throws Fault("config.invalid") when it cannot be made. */
export function makeFolder(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent);
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    throw new Fault('config.invalid', `${path} cannot be made`, { cause });
  }
}
