/**
 * Turns for others in the middle of long work, whatever the work's own steps are: one after every few milliseconds
 * since the loop last had one. Work of less is done in one go.
 */

/** Asked for at every step of long work: gives others a turn of the loop when it is time. */
export type Yield = () => Promise<void>;

/**
 * A vote, an announce or a reader waits for a turn no longer than this, times the processes that share a core. Two
 * turns for a block of 250 purchases (15 ms) and four cost the same (npm run bench).
 */
const SLICE_MS = 4;

export function createYield(): Yield {
  /** When work began in the present turn of the loop. */
  let since: number | undefined;
  const isTime = (): boolean => {
    const now = performance.now();
    if (since === undefined) {
      since = now;
      setImmediate(() => {
        since = undefined;
      });
    }
    return now - since < SLICE_MS;
  };
  return async () => {
    // Behind whatever the network and the timers have brought meanwhile; and one turn is not for all who wait.
    while (!isTime()) await new Promise((resolve) => setImmediate(resolve));
  };
}
