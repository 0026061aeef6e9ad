/**
 * Turns for others in the middle of long work, whatever the work's own steps are: one after every few milliseconds
 * since the loop last had one. Work of less is done in one go. Where several are at long work at the same time, they take
 * turns: whoever has had one waits behind the others.
 */

/** Asked for at every step of long work: gives others a turn of the loop when it is time. */
export type Yield = () => Promise<void>;

/**
 * A vote, an announce or a reader waits for a turn no longer than this, times the processes that share a core. Two
 * turns for a block of 250 purchases (15 ms) and four cost the same (npm run bench).
 */
const SLICE_MS = 4;

export function createYield(): Yield {
  /** When work began in the present turn of the loop; undefined: nobody works, and nobody waits. */
  let since: number | undefined;
  /** In the order of their turns. As many as there are pieces of long work at the same time. */
  const waiting: (() => void)[] = [];
  const begin = (): number => {
    since = performance.now();
    setImmediate(next);
    return since;
  };
  /** Behind whatever the network and the timers have brought meanwhile; and one turn is not for all who wait. */
  function next(): void {
    since = undefined;
    const first = waiting.shift();
    if (first === undefined) return;
    begin();
    first();
  }
  return () => {
    if (performance.now() - (since ?? begin()) < SLICE_MS) return Promise.resolve();
    return new Promise((resolve) => waiting.push(resolve));
  };
}
