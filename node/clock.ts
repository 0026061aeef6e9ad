/** The real clock behind the port. */
import type { Clock } from '../core/ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    if (delayMs > TIMER_MS_MAX) return afterLong(delayMs, run);
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A timer of Node.js fires at once beyond this: a clock set back by a month would have us wake without end. */
const TIMER_MS_MAX = 2 ** 31 - 1;

function afterLong(delayMs: number, run: () => void): () => void {
  let cancel = systemClock.after(TIMER_MS_MAX, () => {
    cancel = systemClock.after(delayMs - TIMER_MS_MAX, run);
  });
  return () => cancel();
}
