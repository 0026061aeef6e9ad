/**
 * `init`: makes the key of a new library, and the mark that says that it has signed nothing. The public half goes into
 * a proposal to take the library in, or, with where it is to be reached, as a line into a genesis.
 */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { memberMistake } from '../../chain/federation/member.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { SEED_BYTES } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { createKey } from '../../node/home/home.ts';
import { memberLine } from '../genesis/new-genesis.ts';

type Options = {
  readonly home: string;
  readonly name?: string;
  readonly address: readonly string[];
  readonly tracker: string;
  readonly api: string;
};

/** @param say - prints what a command has to tell. */
export function addInitCommand(program: Command, say: (text: string) => void): void {
  const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  program
    .command('init')
    .description('make the key of a new library, and show its public half')
    .option('--home <folder>', 'folder of the library', '.digitallib')
    .option('--name <name>', 'of the library: prints the line for digitallib genesis new --member')
    .option(
      '--address <multiaddr>',
      'with --name: where other libraries reach it; several times',
      several,
      [],
    )
    .option('--tracker <url>', 'with --name: where its tracker is', '')
    .option('--api <url>', 'with --name: where readers reach it', '')
    .action(({ home, name, address, tracker, api }: Options) => {
      const seed = new Uint8Array(randomBytes(SEED_BYTES));
      const key = publicKeyOf(seed);
      const named = { name: name?.normalize('NFC') ?? '', addresses: address, tracker, api };
      const mistake = name === undefined ? undefined : memberMistake('', { ...named, key });
      if (mistake !== undefined) throw new Fault('config.invalid', `no library is reached so: ${mistake}`);
      createKey(resolve(home), seed);
      say(name === undefined ? toHex(key) : memberLine({ ...named, key: toHex(key) }));
    });
}
