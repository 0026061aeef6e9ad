/** `rebuild-catalogue`: makes the search index of a stopped library anew, from its chain. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { rebuildCatalogue } from '../../node/home/rebuild-catalogue.ts';
import { createLog } from '../../node/process/log.ts';

/** @param say - prints what a command has to tell. */
export function addRebuildCatalogueCommand(program: Command, say: (text: string) => void): void {
  program
    .command('rebuild-catalogue')
    .description('make the search index of a stopped library anew, from its chain')
    .option('--home <folder>', 'folder of the library', '.digitallib')
    .action(async ({ home }: { readonly home: string }) => {
      const height = await rebuildCatalogue(resolve(home), createLog('rebuild-catalogue', 'warn'));
      say(`The catalogue holds every file up to block ${height}.`);
    });
}
