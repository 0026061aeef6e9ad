/** A clock that only a test moves, and that can be set wrong: alarms run by the time that passes, not by what it shows. */
import type { Clock } from '../../core/ports.ts';
import { verifyHash } from '../../core/sign.ts';
import type { Verifier } from '../../node/process/verifier.ts';

export type MovingClock = Clock & {
  /** Time passes: what is due meanwhile runs, in its order. */
  pass(ms: number): void;
  /** Alarms that have not run. */
  readonly waiting: number;
  /** It shows another time from now on. */
  set(byMs: number): void;
};

const START = Date.UTC(2026, 0, 1);

export function movingClock(): MovingClock {
  const alarms = new Set<{ readonly due: number; readonly run: () => void }>();
  let passed = 0;
  let wrong = START;
  return {
    now: () => passed + wrong,
    after(delayMs, run) {
      const alarm = { due: passed + delayMs, run };
      alarms.add(alarm);
      return () => alarms.delete(alarm);
    },
    get waiting() {
      return alarms.size;
    },
    pass(ms) {
      const until = passed + ms;
      for (;;) {
        const [next] = [...alarms].sort((a, b) => a.due - b.due);
        if (next === undefined || next.due > until) break;
        passed = Math.max(passed, next.due);
        alarms.delete(next);
        next.run();
      }
      passed = until;
    },
    set(byMs) {
      wrong += byMs;
    },
  };
}

/** The same verdicts without a thread, which takes time of its own that no such clock knows of. */
export const verifierWithoutThread: Verifier = {
  verifyNow: verifyHash,
  verify: async (checks) =>
    checks.every(({ publicKey, hash, signature }) => verifyHash(publicKey, hash, signature)),
};
