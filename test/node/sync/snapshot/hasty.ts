import type { Clock } from '../../../../core/ports.ts';

/** Waits are short, and the longer one ends later: this many milliseconds pass in a turn of the loop. */
const MS_PER_TURN = 20;

/** A clock that always shows the same time, and has little patience. */
export const hasty: Clock = {
  now: () => 0,
  after(delayMs, run) {
    let turns = Math.ceil(delayMs / MS_PER_TURN);
    let soon = setImmediate(function turn() {
      turns -= 1;
      if (turns > 0) soon = setImmediate(turn);
      else run();
    });
    return () => clearImmediate(soon);
  },
};
