/**
 * `npm run bench-faults -- [--only dead,quorum,restart,catch-up,idle,latency-wan]`: what faults and distance cost,
 * as rows of docs/benchmarks.md, each beside its bar. `--quorum-lost-seconds N`, `--blocks N`, `--purchases N` and
 * `--pairs N` change the effort.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { measureCatchUp } from './bench/catch-up.ts';
import { measureDead } from './bench/dead.ts';
import { type Figure, toRow } from './bench/figure.ts';
import { measureIdleDay } from './bench/idle-day.ts';
import { measureLatencyWan } from './bench/latency-wan.ts';
import { measureQuorum } from './bench/quorum.ts';
import { measureRestart } from './bench/restart.ts';
import { verificationsPerSecond } from './bench/yardstick.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    blocks: { type: 'string', default: '100000' },
    purchases: { type: 'string', default: '50000' },
    'quorum-lost-seconds': { type: 'string', default: '60' },
  },
});
const MEASUREMENTS: Readonly<Record<string, (yardstick: number) => Promise<readonly Figure[]>>> = {
  dead: () => measureDead(Number(values.pairs)),
  quorum: (yardstick) => measureQuorum(1_000 * Number(values['quorum-lost-seconds']), yardstick),
  restart: (yardstick) => measureRestart(Number(values.blocks), yardstick),
  'catch-up': (yardstick) => measureCatchUp(Number(values.purchases), yardstick),
  idle: () => measureIdleDay(),
  'latency-wan': (yardstick) => measureLatencyWan(yardstick),
};
const chosen = values.only?.split(',') ?? Object.keys(MEASUREMENTS);
const rows: string[] = [];
for (const name of chosen) {
  const measure = MEASUREMENTS[name];
  if (measure === undefined) throw new Error(`there is no figure "${name}"`);
  const yardstick = verificationsPerSecond();
  console.log(`${name}: yardstick ${yardstick.toFixed(0)} /s, load ${loadavg()[0]!.toFixed(1)}`);
  const figures = await measure(yardstick);
  rows.push(...figures.map((figure) => toRow(figure, `npm run bench-faults -- --only ${name}`)));
}
console.log(`\n| what | figure | to yardstick | bar | command |\n|---|---|---|---|---|\n${rows.join('\n')}`);
