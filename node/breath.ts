/**
 * Turns for others in the middle of long work, whatever the work's own steps are: one after every few milliseconds
 * since the loop last had one. Work of less is done in one go.
 */
import type { Breathe } from './ledger.ts';

/**
 * A block is built and then executed elsewhere, one after the other, and each turn of a busy loop is all that the others
 * have ready: with 250 purchases in a block (15 ms) two turns are bearable, and a vote waits no longer than this.
 */
const SLICE_MS = 8;

export function createBreath(): Breathe {
  /** When work began in the present turn of the loop. */
  let since: number | undefined;
  return () => {
    const now = performance.now();
    if (since === undefined) {
      since = now;
      setImmediate(() => {
        since = undefined;
      });
    }
    if (now - since < SLICE_MS) return Promise.resolve();
    // Behind whatever the network and the timers have brought meanwhile.
    return new Promise((resolve) => setImmediate(resolve));
  };
}
