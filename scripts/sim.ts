/**
 * `npm run sim -- --seeds N --from S [--jobs J] [--keep-going] [--verbose]`: runs seeds S … S+N−1 in the simulator,
 * J at a time in processes of their own, says how far it is, and prints what they have exercised. Ends at the first
 * violation unless it is told to keep going, with what happened last and the command that replays it; exits with 1
 * when there was one.
 */
import { fork } from 'node:child_process';
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
};

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
  },
});
/** Whoever ends a long run knows how far it has come. */
const SAY_EVERY = 1_000;
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
  };
}

async function runAll(): Promise<void> {
  const coverage = new Coverage();
  const started = performance.now();
  let [next, done, failures, virtualMs] = [from, 0, 0, 0];
  let slowest = { seed: 0, ms: 0 };
  let costliest = { seed: 0, ms: 0 };
  const standing = (): string =>
    `${done} seeds from ${from}, ${failures} failures, ${((performance.now() - started) / 1_000).toFixed(1)} s`;
  const take = (): number | undefined => (next < from + seeds ? next++ : undefined);
  const took = (result: Result): void => {
    const { seed, recoveredMs, tookMs, failure } = result;
    done += 1;
    coverage.addEntries(result.counts);
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
  console.log(standing());
  process.exit(failures === 0 ? 0 : 1);
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
