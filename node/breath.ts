/** Turns for others in the middle of long work: one after every few milliseconds, whatever the work's own steps are. */
import type { Breathe } from './ledger.ts';

const SLICE_MS = 3;

export function createBreath(): Breathe {
  let since = performance.now();
  return () => {
    if (performance.now() - since < SLICE_MS) return Promise.resolve();
    return new Promise((resolve) => {
      // Behind whatever the network and the timers have brought meanwhile.
      setImmediate(() => {
        since = performance.now();
        resolve();
      });
    });
  };
}
