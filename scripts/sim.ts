/**
 * `npm run sim -- --seeds N --from S [--verbose]`: runs seeds S … S+N−1 in the simulator and prints what they have
 * exercised. Ends at the first violation, with what happened last and the command that replays it.
 */
import { parseArgs } from 'node:util';
import { COUNTED, Coverage } from '../test/sim/coverage.ts';
import { report } from '../test/sim/report.ts';
import { type Outcome, simulate } from '../test/sim/simulation.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    verbose: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const coverage = new Coverage();
const started = performance.now();
let failures = 0;
let slowest: Outcome | undefined;
let costliest = { seed: 0, ms: 0 };
let virtualMs = 0;

for (let seed = from; seed < from + seeds; seed++) {
  const before = performance.now();
  const outcome = await simulate(seed, values.verbose ? { say: (line) => console.log(line) } : {});
  const ms = performance.now() - before;
  coverage.add(outcome.coverage);
  virtualMs += outcome.endedMs;
  if (slowest === undefined || outcome.recoveredMs > slowest.recoveredMs) slowest = outcome;
  if (ms > costliest.ms) costliest = { seed, ms };
  if (outcome.violation === undefined) continue;
  failures += 1;
  console.log(report(outcome));
  if (!values['keep-going']) break;
}

const tookMs = performance.now() - started;
for (const what of COUNTED) console.log(`${what.padEnd(30)} ${String(coverage.of(what)).padStart(10)}`);
console.log(`slowest recovery               ${slowest?.recoveredMs} ms (seed ${slowest?.plan.seed})`);
console.log(`costliest seed                 ${Math.round(costliest.ms)} ms (seed ${costliest.seed})`);
console.log(`virtual time                   ${Math.round(virtualMs / 60_000)} minutes`);
console.log(`${seeds} seeds, ${failures} failures, ${(tookMs / 1_000).toFixed(1)} s`);
process.exit(failures === 0 ? 0 : 1);
