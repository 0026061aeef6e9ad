/** The commands of a library: `start` runs it. */
import { Command } from 'commander';
import { Fault, type FaultCode } from '../core/fault.ts';
import { describeOption, OPTIONS, type OptionName, readConfig } from '../node/process/config.ts';
import { errorReport } from '../node/process/error-report.ts';
import { VERSION } from '../node/process/version.ts';
import { addBackupCommands } from './backup.ts';
import { addCardCommands } from './commands/card.ts';
import { addExportGenesisCommand } from './commands/export-genesis.ts';
import { addGenesisCommand } from './commands/genesis.ts';
import { addGovernanceCommands } from './commands/governance.ts';
import { addInitCommand } from './commands/init.ts';
import { addReaderCodesCommand } from './commands/reader-codes.ts';
import { addRebuildCatalogueCommand } from './commands/rebuild-catalogue.ts';
import { Refusal } from './commands/refusal.ts';
import { addReviewCommands } from './commands/review.ts';
import { addShowForkCommand } from './commands/show-fork.ts';
import { addStockCommand } from './commands/stock.ts';
import { printable } from './printable.ts';
import { welcome } from './welcome.ts';

/**
 * What a command that has failed ends with, for the program that started it: docs/operations.md, "It does not start".
 * Starting again changes nothing as long as that other program runs: a service manager can tell it from the rest.
 */
const EXIT_CODES: Partial<Record<FaultCode, number>> = { 'port.taken': 3 };

const program = new Command('digitallib').description('A federation of digital libraries').version(VERSION);

// A word that comes first is a command, and may be mistyped; where there is none, or an option, it is `start`.
const isDefault = process.argv[2]?.startsWith('-') !== false;
const start = program.command('start', { isDefault }).description('run a library on this machine');
for (const name of Object.keys(OPTIONS) as OptionName[]) {
  start.option(`--${name} <value>`, describeOption(name));
}
start.addHelpText(
  'after',
  '\nEach is also an environment variable: DIGITALLIB_HTTP_PORT for --http-port, and so on.',
);
start.action(async () => {
  // Only here: the other commands need no library, and an operator waits for them.
  const { runLibrary } = await import('../node/run.ts');
  const config = readConfig(flagsOf(start));
  const code = await runLibrary(config, (library) => console.log(welcome(library)));
  process.exit(code);
});

addBackupCommands(program);
addInitCommand(program, (text) => console.log(text));
addExportGenesisCommand(program, (text) => console.log(text));
addGenesisCommand(program, { say: (text) => console.log(text), now: () => Date.now() });
addReaderCodesCommand(program, (text) => console.log(text));
addRebuildCatalogueCommand(program, (text) => console.log(text));
addCardCommands(program, (text) => console.log(text));
addReviewCommands(program, (text) => console.log(text));
addShowForkCommand(program, (text) => console.log(text));
addStockCommand(program, {
  say: (text) => console.log(text),
  failed() {
    process.exitCode = 1;
  },
});
addGovernanceCommands(program, { say: (text) => console.log(text), now: () => Date.now() });

program.showHelpAfterError('(digitallib --help lists the commands)'); // of its own errors: a command that there is not

try {
  await program.parseAsync();
} catch (error) {
  const line = error instanceof Refusal ? error.message : errorReport(error);
  if (line === undefined) throw error;
  console.error(printable(line));
  process.exit(exitCodeOf(error));
}

/** The options that were given, by the names that they have on the command line. */
function flagsOf(command: Command): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (typeof value === 'string') flags[option.long!.slice(2) as OptionName] = value;
  }
  return flags;
}

function exitCodeOf(error: unknown): number {
  return (error instanceof Fault ? EXIT_CODES[error.code] : undefined) ?? 1;
}
