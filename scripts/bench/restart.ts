/**
 * kill -9 to voting again, on a long chain. Three of four authorities are alive, so that nothing becomes final
 * without the one that is killed: the first block after its death carries its vote. Before each death some blocks
 * become final, as in a federation at work: every failed view lengthens the timeouts and every block shortens them (R54).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../../client/client.ts';
import { createWallet } from '../../client/wallet.ts';
import { systemRandom } from '../../node/process/system.ts';
import { freeBasePort } from '../free-port.ts';
import { makeFederation } from '../homes.ts';
import { LibraryProcess } from '../processes.ts';
import { type Figure, inChecks } from './figure.ts';
import { copyChain, writeChain } from './long-chain.ts';
import { median } from './yardstick.ts';

const VICTIM = 2;
const DEAD = 3;
const ROUNDS = 5;
/** More than the views that fail in a round. */
const BLOCKS_BETWEEN = 12;
const BAR_MS = 5_000;

export async function measureRestart(blocks: number, yardstick: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'digitallib-restart-'));
  const processes: LibraryProcess[] = [];
  try {
    const federation = makeFederation({
      folder,
      count: 4,
      basePort: await freeBasePort(4),
      now: Date.now() - 2 * blocks,
      parameters: { blockIntervalMs: 0 },
      random: (length) => systemRandom.bytes(length),
    });
    const { libraries } = federation;
    await writeChain(federation, Array(blocks).fill([]), libraries[0]!);
    for (const library of libraries.slice(1)) copyChain(libraries[0]!, library);
    console.log(`  a chain of ${blocks} blocks is made`);
    processes.push(...libraries.map((library) => new LibraryProcess(library)));
    await Promise.all(processes.map((one) => one.ready()));
    const client = createClient({ url: libraries[0]!.api });
    const block = (): Promise<unknown> => client.register(createWallet(systemRandom.bytes(32)).publicKey);
    await block();
    await processes[DEAD]!.kill();
    await block();
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < BLOCKS_BETWEEN; i++) await block();
      const from = performance.now();
      await processes[VICTIM]!.kill();
      processes[VICTIM] = new LibraryProcess(libraries[VICTIM]!);
      await block();
      times.push(performance.now() - from);
      await processes[VICTIM]!.ready();
    }
    console.log(`  rounds: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    const ms = median(times);
    return [
      {
        what: `kill -9 to voting again, ${blocks} blocks`,
        figure: `${(ms / 1_000).toFixed(1)} s`,
        toYardstick: inChecks(ms, yardstick),
        bar: '≤ 5 s',
        met: ms <= BAR_MS,
      },
    ];
  } finally {
    await Promise.all(processes.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}
