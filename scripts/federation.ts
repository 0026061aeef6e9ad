/**
 * `npm run federation`: four libraries, four processes, one chain, on this machine. Ctrl-C stops them; the next
 * run goes on where they were. One that is killed is not started again by itself: how to do it is printed. `-- --base-port N --folder DIR` let several federations run side by side.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { openFederation } from './federation-file.ts';
import { LibraryProcess } from './processes.ts';

const HELP = `npm run federation -- [options]: four libraries of one chain on this machine, until Ctrl-C

  --folder <folder>     homes and logs; the next run goes on with what is there (.digitallib/federation)
  --base-port <port>    library i has this + 10·i for its API, and the three ports above (8650)
  --count <n>           how many libraries (4)
  -h, --help            this
`;

const { values } = orSay(() =>
  parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      'base-port': { type: 'string', default: '8650' },
      folder: { type: 'string', default: join('.digitallib', 'federation') },
      count: { type: 'string', default: '4' },
    },
  }),
);
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const folder = resolve(values.folder);
mkdirSync(folder, { recursive: true, mode: 0o700 });
const federation = orSay(() =>
  openFederation({
    folder,
    count: Number(values.count),
    basePort: Number(values['base-port']),
    now: Date.now(),
    random: (length) => new Uint8Array(randomBytes(length)),
  }),
);

const processes = federation.libraries.map((library) => new LibraryProcess(library));
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(0));

await Promise.all(processes.map((one) => one.ready())).catch(giveUp);
console.log(`\n  ${federation.genesis.name}, chain ${federation.chainId}\n`);
for (const { library, pid } of processes) {
  console.log(
    `  ${library.name.padEnd(12)} ${library.api}   tracker ${library.trackerPort}   process ${pid}`,
  );
}
console.log(`\n  Homes and logs: ${folder}`);
console.log('  Try next, in another terminal:  npm run demo');
console.log('  Or kill -9 one of the processes: the others go on.\n  Ctrl-C stops all of them.\n');
for (const one of processes) void one.exited().then(() => sayHowToStartAgain(one));

function sayHowToStartAgain({ library }: LibraryProcess): void {
  if (stopping) return;
  const { name, home, httpPort, p2pPort, trackerPort, metricsPort } = library;
  const ports = [
    `--http-port ${httpPort} --p2p-port ${p2pPort}`,
    `--tracker-port ${trackerPort} --metrics-port ${metricsPort}`,
  ].join(' ');
  console.log(`  ${name} has ended. The others go on; this starts it again, in another terminal:`);
  console.log(`    npm start -- --home ${home} ${ports}\n`);
}

async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await Promise.all(processes.map((one) => one.stop()));
  process.exit(code);
}

function orSay<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    return giveUp(error);
  }
}

/** In one line: the last one of a library that has ended says why. Those that run end with this process. */
function giveUp(error: unknown): never {
  const text = error instanceof Error ? error.message : String(error);
  console.error(text.trim().split('\n').at(-1));
  process.exit(1);
}
