/**
 * Asks one member after the other until one has an answer; whoever is silent for a moment is left to answer, and the
 * next one is asked beside it: a member that is late must not make everybody wait who asks it first.
 */
import { limits } from '../../core/limits.ts';
import type { Clock, PeerKey } from '../../core/ports.ts';

export type Search<T> = {
  /** Undefined when nobody has one. Rejects when `ask` does. */
  readonly answer: Promise<T | undefined>;
  /** Asks nobody any more, and waits for nothing. */
  stop(): void;
};

/** @param ask - undefined: it has none. */
export function firstAnswer<T>(
  clock: Clock,
  peers: readonly PeerKey[],
  ask: (peer: PeerKey) => Promise<T | undefined>,
): Search<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const waiting = [...peers];
  let asked = 0;
  let impatient = (): void => {};
  const stop = (): void => {
    impatient();
    waiting.length = 0;
  };
  const failed = (error: unknown): void => {
    stop();
    reject(error);
  };
  const next = (): void => {
    impatient();
    const peer = waiting.shift();
    if (peer === undefined) {
      if (asked === 0) resolve(undefined);
      return;
    }
    asked += 1;
    impatient = clock.after(limits.answerPatienceMs, () => {
      if (asked < limits.askedAtOnceMax) next();
    });
    ask(peer).then((answer) => {
      asked -= 1;
      if (answer === undefined) return next();
      stop();
      resolve(answer);
    }, failed);
  };
  next();
  return { answer: promise, stop };
}
