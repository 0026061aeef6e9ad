/**
 * An idle day: 1,440 heartbeats of a minute. Here a heartbeat is 100 ms, so that it takes two minutes and a half, with
 * four real processes and real disks. How many blocks does that make, and by how much do the disks grow?
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../client/client.ts';
import { openLevelStore } from '../../store/level.ts';
import type { Figure } from './figure.ts';
import { setStage } from './stage.ts';

const HEARTBEATS = 1_440;
const HEARTBEAT_MS = 100;
const BLOCKS_BAR = 1_440;
const BYTES_BAR = 2_000_000;

export async function measureIdleDay(): Promise<Figure[]> {
  const parameters = { heartbeatMs: HEARTBEAT_MS, blockIntervalMs: 0 };
  const stage = await setStage({ libraries: 4, readers: 1, files: 0, parameters });
  try {
    const client = createClient({ url: stage.apis[0]! });
    const homes = stage.federation.libraries.map(({ home }) => home);
    const before = { ...(await client.status()), bytes: homes.map(bytesIn) };
    await new Promise((resolve) => setTimeout(resolve, HEARTBEATS * HEARTBEAT_MS));
    const blocks = (await client.status()).height - before.height;
    // As much as a day on the wall would have brought, had the blocks themselves taken no time.
    const growth = (): number =>
      (Math.max(...homes.map((home, i) => bytesIn(home) - before.bytes[i]!)) * HEARTBEATS) / blocks;
    const withLog = growth();
    await Promise.all(stage.processes.map((one) => one.stop()));
    await Promise.all(homes.map(workOffLog));
    const bytes = growth();
    return [
      {
        what: 'an idle day at 600 times the speed: blocks',
        figure: String(blocks),
        toYardstick: '',
        bar: '≤ 1,440',
        met: blocks <= BLOCKS_BAR,
      },
      {
        what: 'an idle day, 1,440 blocks: growth of the fullest disk, once the log is worked off',
        figure: megabytes(bytes),
        toYardstick: '',
        bar: '≤ 2 MB',
        met: bytes <= BYTES_BAR,
      },
      {
        what: '… with the log, which LevelDB works off at 16 MiB and at each start',
        figure: megabytes(withLog),
        toYardstick: '',
        bar: '–',
        met: true,
      },
    ];
  } finally {
    await stage.end();
  }
}

/** Opening the database does it. */
async function workOffLog(home: string): Promise<void> {
  const store = openLevelStore(join(home, 'chain'));
  await store.start();
  await store.stop();
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + sizeOf(join(parentPath, name)), 0);
}

/** A file may go while one looks. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
