/** A library that has too much to do for the moment says so, and when it is worth while to ask again. */
import { ClientError } from './client-error.ts';

export type Patience = {
  /** In milliseconds, all waits of one call together; 0: none. */
  readonly patienceMs: number;
  /** @param signal - ends the wait; then it may resolve or not. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
};

/** Too many from one place come again at different moments, and the later the more often they have. */
const SPREAD = 0.5;
const LONGER = 1.5;

/**
 * @param ask - may be called several times. @param signal - ends the waits, too.
 * @throws the last ClientError, when the library does not say that it passes, or not in time.
 */
export async function patiently<T>(
  { patienceMs, wait }: Patience,
  ask: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  let waitedMs = 0;
  for (let longer = 1; ; longer *= LONGER) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ClientError) || !BUSY.has(error.status ?? 0)) throw error;
      const { retry_after: seconds } = error.facts;
      if (seconds === undefined || seconds <= 0) throw error;
      const ms = Math.ceil(1_000 * seconds * longer * (1 + SPREAD * Math.random()));
      if (waitedMs + ms > patienceMs) throw error;
      waitedMs += ms;
      await wait(ms, signal);
      signal?.throwIfAborted();
    }
  }
}

const BUSY: ReadonlySet<number> = new Set([429, 503]);
