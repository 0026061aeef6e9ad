/** One library as a process: opens it, says where it is, and stops it when asked or when it cannot go on. */
import { AssertionFailed } from '../core/assert.ts';
import { type Library, openLibrary } from './compose.ts';
import type { Config } from './process/config.ts';
import { errorReport } from './process/error-report.ts';
import { withRestarts } from './process/restarts.ts';

/** Resolves with the exit code when the library has stopped. @param say - for the person who started it. */
export async function runLibrary(config: Config, say: (library: Library) => void): Promise<number> {
  const stopping = new AbortController();
  let code = 0;
  const failed = (error: unknown): void => {
    code = 1;
    console.error(errorReport(error) ?? (error instanceof AssertionFailed ? error.stack : error));
    stopping.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  process.on('uncaughtException', failed);
  process.on('unhandledRejection', failed);
  await withRestarts((how) => openLibrary(config, failed, how), say, stopping.signal);
  return code;
}
