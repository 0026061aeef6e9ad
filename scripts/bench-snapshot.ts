/**
 * `node scripts/bench-snapshot.ts`: how long a new library takes from an empty home to answering a search, when the
 * federation has a million accounts and 100,000 files, and how much memory that takes. Two libraries as processes
 * of their own; the new one has the genesis and nothing else. `--accounts N --files N` change the size.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemRandom } from '../node/process/system.ts';
import { openLevelStore } from '../store/level.ts';
import { writeLargeState } from './bench/large-state.ts';
import { verificationsPerSecond } from './bench/yardstick.ts';
import { freeBasePort } from './free-port.ts';
import { makeFederation } from './homes.ts';
import { LibraryProcess } from './processes.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '1000000' },
    files: { type: 'string', default: '100000' },
  },
});
const size = { accounts: Number(values.accounts), files: Number(values.files), height: 20_000 };
const folder = mkdtempSync(join(tmpdir(), 'digitallib-snapshot-'));
const processes: LibraryProcess[] = [];
try {
  const yardstick = verificationsPerSecond();
  const { genesis, libraries } = makeFederation({
    folder,
    count: 2,
    basePort: await freeBasePort(2),
    now: Date.now() - 10 * size.height,
    authorities: 1,
    random: (length) => systemRandom.bytes(length),
  });
  const [old, young] = libraries;
  const store = openLevelStore(join(old!.home, 'chain'));
  await store.start();
  await writeLargeState(store, genesis, [old!.seed], size);
  await store.stop();
  console.log(`a state of ${size.accounts} accounts and ${size.files} files is made`);

  const server = new LibraryProcess(old!);
  processes.push(server);
  await server.ready();
  const serverBefore = memory(server);
  const cpuBefore = cpuSeconds(server);
  const from = performance.now();
  const joiner = new LibraryProcess(young!, ['--log-level', 'info']);
  processes.push(joiner);
  while (!(await hasCaughtUp(young!.api))) {
    if (!joiner.running)
      throw new Error(`the joiner has ended: ${readFileSync(join(young!.home, 'library.log'), 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const seconds = (performance.now() - from) / 1_000;
  console.table({
    'joined, seconds': seconds.toFixed(1),
    'joiner, CPU seconds': cpuSeconds(joiner),
    'server, CPU seconds': (cpuSeconds(server) - cpuBefore).toFixed(1),
    'joiner, most memory, MiB': memory(joiner),
    'server, most memory before, MiB': serverBefore,
    'server, most memory, MiB': memory(server),
    'yardstick, verifications a second': Math.round(yardstick),
  });
} finally {
  for (const one of processes) await one.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** At the height of the others, with every file in its catalogue. */
async function hasCaughtUp(api: string): Promise<boolean> {
  try {
    const { height } = (await (await fetch(`${api}/api/status`)).json()) as { height?: number };
    if (height === undefined || height < size.height) return false;
    const found = await (await fetch(`${api}/api/search?query=volume`)).json();
    return Array.isArray(found) && found.length > 0;
  } catch {
    return false; // not there yet
  }
}

/** The most that was resident at a time, as Linux counts it. */
function memory(process: LibraryProcess): number {
  const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(peak) / 1_024);
}

/** User and system, as Linux counts it in hundredths. */
function cpuSeconds(process: LibraryProcess): number {
  const fields = readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
