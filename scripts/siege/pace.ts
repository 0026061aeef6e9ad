/** So many times a second, so many at once. What could not begin in its time is left out: no queue grows. */

const TICK_MS = 20;
/** Of its own rate, what an attack may make up for after the processor was somebody else's. */
const BEHIND_SECONDS = 0.5;

/** Resolves when `ended` and all that was under way has come to an end, or was given up. */
export async function pace(
  perSecond: number,
  atOnce: number,
  ended: AbortSignal,
  act: () => Promise<void>,
): Promise<void> {
  let last = performance.now();
  let credit = 0;
  let running = 0;
  while (!ended.aborted) {
    const now = performance.now();
    credit = Math.min(credit + ((now - last) * perSecond) / 1_000, Math.max(1, perSecond * BEHIND_SECONDS));
    last = now;
    for (; credit >= 1 && running < atOnce; credit--) {
      running += 1;
      void act().finally(() => {
        running -= 1;
      });
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
}
