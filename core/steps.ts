/**
 * Pure work that may be interrupted: a generator that yields when it has done so much that others may want a turn.
 * What it reads must not change before it has ended; whoever lets others in between sees to that.
 */
export type Steps<T> = Generator<void, T, void>;

/** All of it in one go. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
