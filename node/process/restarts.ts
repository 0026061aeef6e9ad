/**
 * A library that is opened again as often as it wants to begin anew (with joining), until it is told to stop. That it is to
 * stop is looked at before anything that takes time: it may be told while it changes over from one run to the next.
 */
import { Fault } from '../../core/fault.ts';

export type Rejoining = {
  /** The library wants to begin anew with joining: stop it and open it again. */
  rejoin(): void;
  /** Gives up what is under way: a join, or a start. */
  readonly stopping: AbortSignal;
};
type Opened = { start(): Promise<void>; stop(): Promise<void> };

/**
 * Resolves when it has stopped. @param open - throws Fault("network.closed") when it was stopped before it was open.
 * @param say - for the person who started it, each time that it has started.
 */
export async function withRestarts<T extends Opened>(
  open: (how: Rejoining) => Promise<T>,
  say: (opened: T) => void,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    stopping.addEventListener('abort', () => end(), { once: true });
    const opened = await openUnlessStopped(open, { rejoin: end, stopping });
    if (opened === undefined) return;
    await opened.start();
    if (!stopping.aborted) say(opened);
    await over;
    await opened.stop();
  }
}

async function openUnlessStopped<T>(
  open: (how: Rejoining) => Promise<T>,
  how: Rejoining,
): Promise<T | undefined> {
  try {
    return await open(how);
  } catch (error) {
    if (error instanceof Fault && error.code === 'network.closed') return undefined;
    throw error;
  }
}
