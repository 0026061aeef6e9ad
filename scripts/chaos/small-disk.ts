/** A disk that one library has for itself and that can be filled. Only inside a world of its own (world.ts). */
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './world.ts';

const CHUNK = new Uint8Array(1 << 20);
const LAST = new Uint8Array(1 << 9);

export class SmallDisk {
  readonly #folder: string;
  readonly #ballast: string;

  /** Mounts it over a folder, which is made. */
  constructor(folder: string, megabytes: number) {
    mkdirSync(folder, { recursive: true });
    command('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'none', folder);
    this.#folder = folder;
    this.#ballast = join(folder, 'ballast');
  }

  /** To the last byte. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    for (const piece of [CHUNK, LAST]) while (written(file, piece));
    closeSync(file);
  }

  makeRoom(): void {
    rmSync(this.#ballast);
  }

  /** What is on it is gone. */
  unmount(): void {
    command('umount', this.#folder);
  }
}

function written(file: number, piece: Uint8Array): boolean {
  try {
    return writeSync(file, piece) === piece.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}
