/**
 * Asks one member after the other until one has an answer; whoever is silent for a moment is left to answer, and the
 * next one is asked beside it: a member that is late must not make everybody wait who asks it first.
 */
import type { Clock, PeerKey } from '../core/ports.ts';

const PATIENCE_MS = 500;
/** At a time; silent ones are given up by the network in the end. */
const ASKED_MAX = 10;

/** @param ask - undefined: it has none. @returns undefined when nobody has one. */
export function firstAnswer<T>(
  clock: Clock,
  peers: readonly PeerKey[],
  ask: (peer: PeerKey) => Promise<T | undefined>,
): Promise<T | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const waiting = [...peers];
  let asked = 0;
  let impatient = (): void => {};
  const next = (): void => {
    impatient();
    const peer = waiting.shift();
    if (peer === undefined) {
      if (asked === 0) resolve(undefined);
      return;
    }
    asked += 1;
    impatient = clock.after(PATIENCE_MS, () => {
      if (asked < ASKED_MAX) next();
    });
    ask(peer).then((answer) => {
      asked -= 1;
      if (answer === undefined) return next();
      impatient();
      waiting.length = 0;
      resolve(answer);
    }, reject);
  };
  next();
  return promise;
}
