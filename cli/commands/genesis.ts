/** `genesis new`: writes what a federation begins with, for one of three situations, and says what each number means. */
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { chainIdOf } from '../../chain/block/genesis.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { genesisText } from '../../node/home/genesis-file.ts';
import { parseJson, readIfThere, writing } from '../../node/home/text-file.ts';
import { authoritiesInWords, EXAMPLE_TOKENS, newGenesis } from '../genesis/new-genesis.ts';
import {
  meanings,
  SITUATION_NAMES,
  SITUATIONS,
  type SituationName,
  startsWith,
} from '../genesis/situations.ts';

type Options = {
  readonly situation: SituationName;
  readonly out: string;
  readonly name: string;
  readonly member: readonly string[];
  readonly authority: readonly string[];
  readonly billingKey?: string;
  readonly tokens?: string;
};
type Terminal = {
  /** Prints what a command has to tell. */
  say(text: string): void;
  /** Milliseconds since 1970. */
  now(): number;
};

export function addGenesisCommand(program: Command, { say, now }: Terminal): void {
  const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  const genesis = program.command('genesis').description('what a federation begins with');
  genesis
    .command('new')
    .description('write the genesis of a new federation, with the numbers for its situation: docs/economy.md')
    .addOption(
      new Option('--situation <name>', 'whose federation it is')
        .choices([...SITUATION_NAMES])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <file>', 'where it goes; nothing may be there yet')
    .option('--name <name>', 'of the federation', 'A federation of libraries')
    .option(
      '--member <line or file>',
      'what digitallib init --name printed, or a file of such lines; several times',
      several,
      [],
    )
    .option('--authority <key>', 'a member that votes; several times; or: all', several, [])
    .option('--billing-key <key>', 'where tokens are sold: the public key that has them all')
    .option('--tokens <n>', `where tokens are sold: how many (default ${EXAMPLE_TOKENS})`)
    .action((options: Options) => {
      const path = resolve(options.out);
      if (existsSync(path)) throw new Fault('config.invalid', `there is something already: ${path}`);
      const { situation, name, authority, billingKey, tokens = EXAMPLE_TOKENS } = options;
      if (options.tokens !== undefined && !SITUATIONS[situation].sells) {
        throw new Fault('config.invalid', `--tokens: no tokens are sold in the situation ${situation}`);
      }
      const made = newGenesis({
        ...{ situation, name: name.normalize('NFC'), time: Math.floor(now() / 1_000) * 1_000 },
        members: options.member.flatMap(membersIn),
        authorities: authority.length === 1 && authority[0] === 'all' ? 'all' : authority,
        billing: billingKey === undefined ? undefined : { key: billingKey, tokens },
      });
      writing(path, () => writeFileSync(path, genesisText(made), { flag: 'wx', flush: true }));
      say(
        [
          `${path}: ${SITUATIONS[situation].words}`,
          `chain id ${toHex(chainIdOf(made))}`,
          `${made.members.length} members, ${authoritiesInWords(made)}`,
          ...(billingKey === undefined ? [] : [`${tokens} tokens, all of ${billingKey}`]),
          '',
          ...meanings(made.parameters),
          '',
          'To begin with, at each library (its own affair, in no genesis):',
          ...startsWith(SITUATIONS[situation]),
          '',
          'Give all libraries this file, and compare the chain id before the first start.',
        ].join('\n'),
      );
    });
}

/** @param text - JSON of a member; or the name of a file with one a line. */
function membersIn(text: string): readonly unknown[] {
  if (text.trimStart().startsWith('{')) return [parseJson(text, '--member')];
  const lines = readIfThere(resolve(text));
  if (lines === undefined) throw new Fault('config.invalid', `--member: no JSON, and no file: ${text}`);
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseJson(line, text));
}
