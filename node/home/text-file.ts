/** Small texts on the disk, those of a home and those that an operator names: read if they are there, written whole or not at all. */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { Fault } from '../../core/fault.ts';

/** Of a file or a pipe: a device may have no end. @throws Fault("config.invalid") when it is there and cannot be read. */
export function readIfThere(path: string): string | undefined {
  try {
    const found = statSync(path);
    if (!found.isFile() && !found.isFIFO() && !found.isDirectory()) {
      throw new Fault('config.invalid', `${path} is not a file`);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Fault) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Fault('config.invalid', `${path} cannot be read`, { cause: error });
  }
}

/** @throws Fault("config.invalid") that names the file and the place in it. */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const where = error instanceof SyntaxError ? `: ${error.message}` : '';
    throw new Fault('config.invalid', `${path} is not JSON${where}`, { cause: error });
  }
}

/** A new file, whole or not at all: half a key would lock its library out for ever. */
export function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    rmSync(path, { force: true });
    throw new Fault('config.invalid', `${path} cannot be written`, { cause });
  }
}
