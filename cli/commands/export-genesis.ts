/** `export-genesis`: prints what a new chain begins with, when the old one can never go on (docs/operations.md). */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { genesisToJson } from '../../chain/block/genesis.ts';
import { fromHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { PUBLIC_KEY_BYTES } from '../../core/scalars.ts';
import { exportGenesis } from '../../node/home/export-genesis.ts';
import { readHome } from '../../node/home/home.ts';
import { openStoppedLedger } from '../../node/home/stopped-store.ts';

/** @param say - prints what a command has to tell. */
export function addExportGenesisCommand(program: Command, say: (text: string) => void): void {
  program
    .command('export-genesis <authorities...>')
    .description('print a genesis for a new chain from the last final state of a stopped library')
    .option('--home <folder>', 'folder of the library', '.digitallib')
    .action(async (authorities: readonly string[], { home }: { readonly home: string }) => {
      const folder = resolve(home);
      const { genesis } = readHome(folder);
      const store = await openStoppedLedger(folder);
      try {
        const next = await exportGenesis(store, genesis, authorities.map(keyOf));
        say(JSON.stringify(genesisToJson(next), null, 2));
      } finally {
        await store.stop();
      }
    });
}

function keyOf(hex: string) {
  const key = fromHex(hex, PUBLIC_KEY_BYTES);
  if (key === undefined) throw new Fault('config.invalid', `${hex} is not 64 lower-case hex characters`);
  return key;
}
