/**
 * `npm run bench`: one table. Each figure comes with its ratio to the yardstick of the same run (signatures that
 * one core verifies in a second), because machines differ. `-- --purchases N --rounds N` change the effort. Purchases
 * are measured twice: as many as the machine takes, which leaves no processor idle, and `--per-second` of them.
 */
import { parseArgs } from 'node:util';
import { announcePaths, measureAnnounces } from './bench/announces.ts';
import { cpuMs } from './bench/cpu.ts';
import { residentMiB } from './bench/idle.ts';
import { measureLatency } from './bench/latency.ts';
import { loopLag } from './bench/loop-lag.ts';
import { buyAll, signPurchases } from './bench/purchases.ts';
import { setStage } from './bench/stage.ts';
import { median, verificationsPerSecond } from './bench/yardstick.ts';

const { values } = parseArgs({
  options: {
    purchases: { type: 'string', default: '6000' },
    rounds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '50' },
    'requests-at-once': { type: 'string', default: '8' },
    'per-second': { type: 'string', default: '1050' },
  },
});
const perRound = Number(values.purchases);
const rounds = Number(values.rounds);
const options = {
  count: perRound,
  batch: Number(values.batch),
  requestsAtOnce: Number(values['requests-at-once']),
};
const READERS = 1_001;
const LATENCY_COUNT = 200;
/** One run, and as long as ten seconds, so that one percent of it are ten looks at the loop. */
const PACED_ROUNDS = 2;
const ANNOUNCERS = 200;
const ANNOUNCE_SECONDS = 5;
const IDLE_MS = 10_000;

const yardstick = verificationsPerSecond();
const files =
  Math.ceil((perRound * (rounds + 1 + PACED_ROUNDS) + LATENCY_COUNT + ANNOUNCERS) / (READERS - 1)) + 1;
const from = performance.now();
const stage = await setStage({ libraries: 4, readers: READERS, files, parameters: { blockIntervalMs: 0 } });
const readySeconds = (performance.now() - from) / 1_000;
try {
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const idle = residentMiB(stage);
  let at = 0;
  const take = (count: number): ReturnType<typeof signPurchases> => {
    at += count;
    return signPurchases(stage, count, at - count);
  };
  const latency = await measureLatency(stage, LATENCY_COUNT, at);
  at += LATENCY_COUNT;
  await buyAll(stage, await take(Math.floor(perRound / 2)), options); // warm
  const rates: number[] = [];
  const cpuBefore = cpuMs(stage) ?? Number.NaN;
  const heightBefore = await height(stage.apis[0]!);
  await loopLag(stage);
  for (let round = 0; round < rounds; round++) rates.push(await buyAll(stage, await take(perRound), options));
  const cpuEach = ((cpuMs(stage) ?? Number.NaN) - cpuBefore) / (rounds * perRound);
  const lag = await loopLag(stage);
  const blocks = (await height(stage.apis[0]!)) - heightBefore;
  const perSecond = Number(values['per-second']);
  const pacedRate = await buyAll(stage, await take(PACED_ROUNDS * perRound), { ...options, perSecond });
  const pacedLag = await loopLag(stage);
  const paths = await announcePaths(stage, await take(ANNOUNCERS));
  const announces = await measureAnnounces(
    paths,
    stage.federation.libraries[0]!.trackerPort,
    ANNOUNCE_SECONDS,
  );

  print([
    ['signatures verified, one core (yardstick)', `${yardstick.toFixed(0)} /s`, '1'],
    ['purchases final, 4 authorities, 4 processes', `${median(rates).toFixed(0)} /s`, ratio(median(rates))],
    ['CPU per purchase, all four libraries', `${cpuEach.toFixed(2)} ms`, perCheck(cpuEach)],
    ['purchases in a block', ((rounds * perRound) / blocks).toFixed(1), ''],
    ['event loop at work in one go (CPU), p99', `${lag.workMs.toFixed(0)} ms`, perCheck(lag.workMs)],
    ['… at most', `${lag.workMaxMs.toFixed(0)} ms`, perCheck(lag.workMaxMs)],
    ['event loop late, with what else runs here, p99', `${lag.lateMs.toFixed(0)} ms`, perCheck(lag.lateMs)],
    [`purchases final, ${perSecond} asked for a second`, `${pacedRate.toFixed(0)} /s`, ratio(pacedRate)],
    [
      '… event loop at work in one go (CPU), p99',
      `${pacedLag.workMs.toFixed(0)} ms`,
      perCheck(pacedLag.workMs),
    ],
    ['… event loop late, p99', `${pacedLag.lateMs.toFixed(0)} ms`, perCheck(pacedLag.lateMs)],
    ['submit to final, low load, p50', `${latency.p50Ms.toFixed(1)} ms`, perCheck(latency.p50Ms)],
    ['submit to final, low load, p99', `${latency.p99Ms.toFixed(1)} ms`, perCheck(latency.p99Ms)],
    ['announces through the gate, one library', `${announces.toFixed(0)} /s`, ratio(announces)],
    ['resident memory of an idle library', idle === undefined ? 'unknown' : `${idle.toFixed(0)} MiB`, ''],
    ['four libraries started, files uploaded', `${readySeconds.toFixed(1)} s`, ''],
  ]);
  console.log(`  rounds of ${perRound} purchases: ${rates.map((rate) => rate.toFixed(0)).join(', ')} /s\n`);
} finally {
  await stage.end();
}

async function height(api: string): Promise<number> {
  const status = (await (await fetch(`${api}/api/status`)).json()) as { height: number };
  return status.height;
}

function ratio(rate: number): string {
  return (rate / yardstick).toFixed(3);
}

/** How many signature checks would fit into that time. */
function perCheck(ms: number): string {
  return `${((ms * yardstick) / 1_000).toFixed(0)} checks`;
}

function print(rows: readonly (readonly [string, string, string])[]): void {
  console.log(`\n  ${'what'.padEnd(48)}${'figure'.padStart(14)}${'to yardstick'.padStart(16)}`);
  for (const [what, figure, toYardstick] of rows) {
    console.log(`  ${what.padEnd(48)}${figure.padStart(14)}${toYardstick.padStart(16)}`);
  }
  console.log('');
}
