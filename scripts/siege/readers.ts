/** The process of the honest readers: a thread for each, because each dials from an address of its own. */
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { readerAddress } from './addresses.ts';
import { obey } from './child.ts';
import type { Book, Field } from './field.ts';
import type { ReaderOptions } from './reader.ts';
import type { Told } from './reader-thread.ts';
import { type Seen, together } from './tally.ts';

export type ReadersCommand =
  /** Each brings its first books. @returns Book[]. */
  | {
      readonly kind: 'prepare';
      readonly field: Field;
      readonly seeds: readonly string[];
      readonly folder: string;
      readonly roundMs: number;
    }
  /** Returns at once. */
  | { readonly kind: 'read' }
  /** @returns Seen, when the rounds under way have ended. */
  | { readonly kind: 'end' };

const threads: Worker[] = [];
let books: readonly Book[] = [];

obey<ReadersCommand>(async (command) => {
  if (command.kind === 'prepare') {
    const { field, seeds, folder, roundMs } = command;
    for (const [number, seed] of seeds.entries()) {
      const options: ReaderOptions = {
        field,
        number,
        address: readerAddress(number),
        seed: new Uint8Array(Buffer.from(seed, 'hex')),
        folder: join(folder, `reader-${number}`),
        roundMs,
      };
      threads.push(new Worker(new URL('./reader-thread.ts', import.meta.url), { workerData: options }));
    }
    books = (await Promise.all(threads.map((thread) => told<readonly Book[]>(thread)))).flat();
    return books;
  }
  if (command.kind === 'read') {
    for (const thread of threads) thread.postMessage(books);
    return undefined;
  }
  for (const thread of threads) thread.postMessage('end');
  return together(await Promise.all(threads.map((thread) => told<Seen>(thread))));
});

/** What it says next. @throws what has made it fail. */
async function told<T>(thread: Worker): Promise<T> {
  const [message] = (await once(thread, 'message')) as [Told];
  if (message.kind === 'failed') throw new Error(message.why);
  return message.value as T;
}
