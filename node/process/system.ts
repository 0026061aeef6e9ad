/** The operating system behind the ports: its clock, its chance, and what a disk has left for this process. */
import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import type { Clock, Random } from '../../core/ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    if (delayMs > TIMER_MS_MAX) return afterLong(delayMs, run);
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
};

/** In bytes. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** A timer of Node.js fires at once beyond this: a clock set back by a month would have us wake without end. */
const TIMER_MS_MAX = 2 ** 31 - 1;

function afterLong(delayMs: number, run: () => void): () => void {
  let cancel = systemClock.after(TIMER_MS_MAX, () => {
    cancel = systemClock.after(delayMs - TIMER_MS_MAX, run);
  });
  return () => cancel();
}
