/** The real clock, which a test may also set forward: what is due then runs at once. */
import type { Clock } from '../../core/ports.ts';

export type TestClock = Clock & { advance(byMs: number): void };

export function createTestClock(): TestClock {
  const waiting = new Map<() => void, number>();
  let offsetMs = 0;
  const now = (): number => Date.now() + offsetMs;
  return {
    now,
    after(delayMs, run) {
      const fire = (): void => {
        cancel();
        run();
      };
      const timer = setTimeout(fire, delayMs);
      waiting.set(fire, now() + delayMs);
      const cancel = (): void => {
        clearTimeout(timer);
        waiting.delete(fire);
      };
      return cancel;
    },
    advance(byMs) {
      offsetMs += byMs;
      for (const [fire, dueAt] of [...waiting]) if (dueAt <= now()) fire();
    },
  };
}
