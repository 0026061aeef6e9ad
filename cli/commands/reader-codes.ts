/** `reader-codes`: codes with which a running library registers readers (`--registration code`), one key each. */
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { Fault } from '../../core/fault.ts';
import { makeReaderCodes } from '../../node/operator/admin-socket.ts';

type Options = { readonly home: string; readonly count: number; readonly days: number };

/** @param say - prints what a command has to tell. */
export function addReaderCodesCommand(program: Command, say: (text: string) => void): void {
  program
    .command('reader-codes')
    .description('make codes for readers: each registers one key, at a library that asks for one')
    .option('--home <folder>', 'folder of the running library', '.digitallib')
    .option('--count <n>', 'how many', whole, 1)
    .option('--days <n>', 'how long each is good', whole, 30)
    .action(async ({ home, count, days }: Options) => {
      const codes = await makeReaderCodes(resolve(home), { count, days });
      if (codes === undefined) {
        const why = 'it does not run, or it joins and makes none before /ready answers 200';
        throw new Fault('config.invalid', `no library answers in ${resolve(home)}: ${why}`);
      }
      say(codes.join('\n'));
    });
}

function whole(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number.');
}
