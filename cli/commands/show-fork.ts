/** `show-fork`: what a stopped library keeps of two final blocks that exclude each other. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { openStoppedStore } from '../../node/home/stopped-store.ts';
import { forkJson, readFork } from '../../node/sync/fork-record.ts';

/** @param say - prints what a command has to tell. */
export function addShowForkCommand(program: Command, say: (text: string) => void): void {
  program
    .command('show-fork')
    .description('show both certificates of two final blocks that exclude each other, as JSON')
    .option('--home <folder>', 'folder of the library', '.digitallib')
    .action(async ({ home }: { readonly home: string }) => {
      const store = await openStoppedStore(resolve(home));
      const record = readFork(store);
      await store.stop();
      say(record === undefined ? 'No fork was seen.' : JSON.stringify(forkJson(record), null, 2));
    });
}
