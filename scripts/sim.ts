/**
 * `npm run sim -- --seeds N --from S [--jobs J] [--keep-going] [--traces] [--verbose]`: runs seeds S … S+N−1 in the simulator,
 * J at a time in processes of their own, says how far it is, and prints what they have exercised. Ends at the first
 * violation unless it is told to keep going, with what happened last and the command that replays it; exits with 1
 * when there was one. `--traces`: a hash of the traces of each hundred seeds, to compare two programs that should do the same.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { COUNTED, type Counted, Coverage } from '../test/sim/coverage.ts';
import { report } from '../test/sim/report.ts';
import { simulate } from '../test/sim/simulation.ts';

/** What a seed leaves behind; crosses from process to process. */
type Result = {
  readonly seed: number;
  readonly counts: readonly (readonly [Counted, number])[];
  readonly virtualMs: number;
  readonly recoveredMs: number;
  readonly tookMs: number;
  readonly failure: string | undefined;
  /** Of its trace. */
  readonly digest: string;
};

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    traces: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
  },
});
/** Whoever ends a long run knows how far it has come. */
const SAY_EVERY = 1_000;
const TRACES_TOGETHER = 100;
const [from, seeds, jobs] = [values.from, values.seeds, values.jobs].map(Number) as [number, number, number];

if (values.worker) process.on('message', async (seed: number) => process.send?.(await run(seed)));
else await runAll();

async function run(seed: number): Promise<Result> {
  const before = performance.now();
  const outcome = await simulate(seed, values.verbose ? { say: (line) => console.log(line) } : {});
  return {
    seed,
    counts: outcome.coverage.entries(),
    virtualMs: outcome.endedMs,
    recoveredMs: outcome.recoveredMs,
    tookMs: performance.now() - before,
    failure: outcome.violation && report(outcome),
    digest: outcome.digest,
  };
}

async function runAll(): Promise<void> {
  const coverage = new Coverage();
  const started = performance.now();
  let [next, done, failures, virtualMs] = [from, 0, 0, 0];
  let slowest = { seed: 0, ms: 0 };
  let costliest = { seed: 0, ms: 0 };
  const digests = new Map<number, string>();
  const standing = (): string =>
    `${done} seeds from ${from}, ${failures} failures, ${((performance.now() - started) / 1_000).toFixed(1)} s`;
  const take = (): number | undefined => (next < from + seeds ? next++ : undefined);
  const took = (result: Result): void => {
    const { seed, recoveredMs, tookMs, failure } = result;
    done += 1;
    coverage.addEntries(result.counts);
    digests.set(seed, result.digest);
    virtualMs += result.virtualMs;
    if (recoveredMs > slowest.ms) slowest = { seed, ms: recoveredMs };
    if (tookMs > costliest.ms) costliest = { seed, ms: tookMs };
    if (failure !== undefined) failures += 1;
    if (done % SAY_EVERY === 0 && done < seeds) console.log(standing());
    if (failure === undefined) return;
    console.log(failure);
    if (!values['keep-going']) next = from + seeds;
  };
  if (jobs > 1) await Promise.all(Array.from({ length: jobs }, () => employ(take, took)));
  else for (let seed = take(); seed !== undefined; seed = take()) took(await run(seed));

  const say = (what: string, text: string | number): void =>
    console.log(`${what.padEnd(40)} ${String(text).padStart(10)}`);
  for (const what of COUNTED) say(what, coverage.of(what));
  say('slowest recovery', `${slowest.ms} ms (seed ${slowest.seed})`);
  say('costliest seed', `${Math.round(costliest.ms)} ms (seed ${costliest.seed})`);
  say('virtual time', `${Math.round(virtualMs / 60_000)} minutes`);
  if (values.traces) sayTraces(digests);
  console.log(standing());
  process.exit(failures === 0 ? 0 : 1);
}

function sayTraces(digests: ReadonlyMap<number, string>): void {
  for (let first = from; first < from + seeds; first += TRACES_TOGETHER) {
    const hash = createHash('sha256');
    const last = Math.min(first + TRACES_TOGETHER, from + seeds) - 1;
    for (let seed = first; seed <= last; seed++) hash.update(digests.get(seed) ?? 'not run');
    console.log(`traces of ${first} to ${last}: ${hash.digest('hex').slice(0, 16)}`);
  }
}

/** One process, one seed after the other. */
function employ(take: () => number | undefined, took: (result: Result) => void): Promise<void> {
  const worker = fork(import.meta.filename, ['--worker']);
  const more = (): void => {
    const seed = take();
    if (seed === undefined) worker.disconnect();
    else worker.send(seed);
  };
  worker.on('message', (result: Result) => {
    took(result);
    more();
  });
  more();
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`a process ended with ${code}`)),
    );
  });
}
