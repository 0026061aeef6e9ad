/** One library as a process: opens it, says where it is, and stops it when asked or when it cannot go on. */
import { AssertionFailed } from '../core/assert.ts';
import { type Library, openLibrary } from './compose.ts';
import type { Config } from './config.ts';

/** Resolves with the exit code when the library has stopped. @param say - for the person who started it. */
export async function runLibrary(config: Config, say: (library: Library) => void): Promise<number> {
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  const failed = (error: unknown): void => {
    console.error(error instanceof AssertionFailed ? error.stack : error);
    end(1);
  };
  const library = await openLibrary(config, failed);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(0));
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);
  await library.start();
  say(library);
  const code = await ended;
  await library.stop();
  return code;
}
