/** The thread of one reader (readers.ts). */
import { parentPort, workerData } from 'node:worker_threads';
import { dialFrom } from './dial-from.ts';
import type { Book } from './field.ts';
import type { ReaderOptions } from './reader.ts';

export type Told =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly why: string };

const options = workerData as ReaderOptions;
const tell = (told: Told): void => parentPort!.postMessage(told);
const ended = new AbortController();

dialFrom(options.address); // before anything is loaded that keeps connections
const { Reader } = await import('./reader.ts');
const reader = new Reader(options);
let reading: Promise<void> = Promise.resolve();
parentPort!.on('message', (command: readonly Book[] | 'end') => {
  if (command !== 'end') {
    reading = reader.read(command, ended.signal);
    return;
  }
  ended.abort();
  reading.then(() => tell({ kind: 'done', value: reader.tally.seen }), failed);
});
try {
  tell({ kind: 'done', value: await reader.prepare() });
} catch (error) {
  failed(error as Error);
}

function failed(error: Error & { code?: string }): void {
  tell({
    kind: 'failed',
    why: `reader ${options.number}: ${error.code ?? ''} ${error.stack ?? error.message}`,
  });
}
