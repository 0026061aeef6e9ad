/** One library as a process: opens it, says where it is, and stops it when asked or when it cannot go on. */
import { AssertionFailed } from '../core/assert.ts';
import { Fault } from '../core/fault.ts';
import { type Library, openLibrary } from './compose.ts';
import type { Config } from './process/config.ts';
import { troubleLine } from './process/trouble.ts';

/** Resolves with the exit code when the library has stopped. @param say - for the person who started it. */
export async function runLibrary(config: Config, say: (library: Library) => void): Promise<number> {
  const stopping = new AbortController();
  let end: (how: number | 'rejoin') => void = () => {};
  let codeOfJoin = 0;
  const failed = (error: unknown): void => {
    codeOfJoin = 1;
    console.error(troubleLine(error) ?? (error instanceof AssertionFailed ? error.stack : error));
    stopping.abort();
    end(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      stopping.abort();
      end(0);
    });
  }
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);
  for (;;) {
    const { promise: ended, resolve } = Promise.withResolvers<number | 'rejoin'>();
    end = resolve;
    const library = await openUnlessStopped(config, failed, {
      rejoin: () => resolve('rejoin'),
      stopping: stopping.signal,
    });
    if (library === undefined) return codeOfJoin;
    await library.start();
    say(library);
    const how = await ended;
    await library.stop();
    if (how !== 'rejoin') return how;
  }
}

/** @returns undefined when it was stopped while it was joining. */
async function openUnlessStopped(...how: Parameters<typeof openLibrary>): Promise<Library | undefined> {
  try {
    return await openLibrary(...how);
  } catch (error) {
    if (error instanceof Fault && error.code === 'network.closed') return undefined;
    throw error;
  }
}
