/**
 * `init`: makes the key of a new library, and the mark that says that it has signed nothing. The public half goes into
 * a genesis, or into a proposal to take the library in.
 */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { toHex } from '../../core/bytes.ts';
import { SEED_BYTES } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { createKey } from '../../node/home/home.ts';

/** @param say - prints what a command has to tell. */
export function addInitCommand(program: Command, say: (text: string) => void): void {
  program
    .command('init')
    .description('make the key of a new library, and show its public half')
    .option('--home <folder>', 'folder of the library', '.digitallib')
    .action(({ home }: { readonly home: string }) => {
      const seed = new Uint8Array(randomBytes(SEED_BYTES));
      createKey(resolve(home), seed);
      say(toHex(publicKeyOf(seed)));
    });
}
