/**
 * `npm run chaos -- --minutes N [--seed S]`: breaks a federation of four processes again and again while readers
 * buy, then looks at the disks. `--once` has each fault happen once, in order; `--only a,b` chooses among them;
 * `--plain` makes no namespaces, also where the machine could. The seed decides what happens to whom; how fast the
 * machine is decides when.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { limits } from '../core/limits.ts';
import { SeededRandom } from '../test/sim/random.ts';
import { FILE_BYTES, uploadFiles } from './bench/stage.ts';
import { audit, readBooks } from './chaos/audit.ts';
import { FAULTS } from './chaos/faults.ts';
import { Load, PURCHASES_PER_WORKER_MINUTE } from './chaos/load.ts';
import type { ChaosFault, Scene } from './chaos/scene.ts';
import { ChaosStage } from './chaos/stage.ts';
import { isInside, runInside, worldMissing } from './chaos/world.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    once: { type: 'boolean', default: false },
    only: { type: 'string' },
    plain: { type: 'boolean', default: false },
  },
});
if (!values.plain && !isInside() && worldMissing() === undefined) {
  process.exit(await runInside([import.meta.filename, ...process.argv.slice(2), '--seed', values.seed]));
}

/** `--once` takes two; and each has a beginning and an end. */
const minutes = values.once ? 2 : Number(values.minutes);
const SPARE_MINUTES = 4;
const MIB = 1024 * 1024;
const random = new SeededRandom(Number(values.seed));
const chosen = FAULTS.filter(({ name }) => values.only?.split(',').includes(name) ?? true);
const WORKERS = 4;
const FILES = 16;
const READERS_PER_MINUTE = (WORKERS * PURCHASES_PER_WORKER_MINUTE) / FILES;
const PURCHASES_PER_FAULT = values.once ? 8 : 40;

const folder = mkdtempSync(join(tmpdir(), 'digitallib-chaos-'));
let stage: ChaosStage | undefined;
let failed = false;
try {
  console.log(`chaos, seed ${values.seed}`);
  stage = await ChaosStage.open({
    folder,
    readers: 1 + Math.ceil((minutes + SPARE_MINUTES) * READERS_PER_MINUTE),
    // What the archive leaves free, and the ledger.
    diskMegabytes: limits.diskFreeBytesMin / MIB + 64 + 16 * Math.ceil(minutes),
  });
  const { homes } = stage;
  console.log(`between the libraries: ${stage.network.kind}`);
  const apis = homes.libraries.map(({ api }) => api);
  const [uploader, ...readers] = stage.readers;
  const files = await uploadFiles(apis, uploader!, FILES);
  const load = new Load({ chainId: homes.chainId, apis, readers, files }, WORKERS, (below) =>
    Math.floor(Math.random() * below),
  );
  const scene: Scene = {
    stage,
    load,
    choose: (below) => random.below(below),
    purchases: PURCHASES_PER_FAULT,
  };
  const possible = chosen.filter((fault) => isPossible(fault, scene));
  const until = Date.now() + minutes * 60_000;
  if (values.once) for (const fault of possible) await happen(fault, scene);
  else while (Date.now() < until) await happen(random.pick(possible), scene);
  await load.close();
  const height = await stage.agreed();
  await stage.stop();

  const keys = readers.map(({ key }) => key);
  const books = [];
  for (const library of homes.libraries) books.push(await readBooks(library, keys));
  const wrong = [...load.surprises, ...audit(books, new Set(load.acknowledged.keys()), FILE_BYTES)];
  console.log(`height ${height}, ${load.acknowledged.size} purchases acknowledged`);
  for (const [why, count] of load.repeated) console.log(`asked again after "${why}": ${count}`);
  for (const what of wrong) console.log(`wrong: ${what}`);
  failed = wrong.length > 0;
  console.log(failed ? 'verdict: WRONG' : 'verdict: every acknowledged purchase is everywhere, none twice');
} catch (error) {
  failed = true;
  console.log(`verdict: WRONG, ${(error as Error).message}`);
} finally {
  await stage?.stop();
  if (failed) console.log(`homes and logs: ${folder}`);
  else {
    stage?.disk?.unmount();
    rmSync(folder, { recursive: true, force: true });
  }
}
process.exit(failed ? 1 : 0);

async function happen(fault: ChaosFault, scene: Scene): Promise<void> {
  const from = performance.now();
  const what = await fault.run(scene);
  console.log(`fault ${fault.name}: ${what} (${((performance.now() - from) / 1_000).toFixed(1)} s)`);
}

function isPossible(fault: ChaosFault, scene: Scene): boolean {
  const why = fault.missing?.(scene);
  if (why !== undefined) console.log(`skipped ${fault.name}: ${why}`);
  return why === undefined;
}
