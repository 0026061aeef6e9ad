/** The commands `backup` and `restore`: a ledger out of a home, running or not, and into an empty one. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { backupInWords, backupStopped } from '../node/home/backup.ts';
import { restoreBackup } from '../node/home/restore.ts';
import { backupRunning } from '../node/operator/admin-socket.ts';

type Options = { readonly home: string; readonly to: string; readonly from: string };

export function addBackupCommands(program: Command): void {
  program
    .command('backup')
    .description('copy the ledger of a library, running or stopped, into an empty folder')
    .option('--home <folder>', 'folder of the library', '.digitallib')
    .requiredOption('--to <folder>', 'where the backup goes')
    .action(async ({ home, to }: Options) => {
      const facts =
        (await backupRunning(resolve(home), resolve(to))) ??
        (await backupStopped(resolve(home), resolve(to)));
      console.log(backupInWords(facts, resolve(to)));
      console.log('The node key is not in it. Keep a copy of node.key in another place.');
    });
  program
    .command('restore')
    .description('give a home without a ledger that of a backup, after checking all of it')
    .option('--home <folder>', 'folder of the library', '.digitallib')
    .requiredOption('--from <folder>', 'the backup')
    .action(async ({ home, from }: Options) => {
      const facts = await restoreBackup(resolve(from), resolve(home));
      console.log(
        `The ledger in ${resolve(home)} stands at block ${facts.height}; start the library to catch up.`,
      );
    });
}
