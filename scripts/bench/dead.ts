/**
 * One authority of four is dead: what does that cost the other three? Rounds of runs against the same three
 * libraries: with the fourth; without it, while a stand-in uses the processor as it did (stand-in.ts), so that the
 * three have what they had; and without both, which is what a machine of two cores makes of it. Latency is measured
 * at low load, where nobody waits for a processor, once the three know that the fourth is silent; what it costs them
 * to find that out (consensus/SPEC.md, R55) is a figure of its own. The medians of the ratios of each round.
 */
import { cpuMsOf } from './cpu.ts';
import type { Figure } from './figure.ts';
import { type Latency, measureLatency } from './latency.ts';
import { buyAll, signPurchases } from './purchases.ts';
import { type Stage, setStage } from './stage.ts';
import { standIn } from './stand-in.ts';
import { median } from './yardstick.ts';

const READERS = 1_001;
const PURCHASES = 1_500;
const LATENCY_COUNT = 150;
/** One after the other: more views than pass before a silent leader is known for one. */
const FINDING_OUT = 24;
const WARM = 1_000;
const VICTIM = 3;
const BAR = 0.1;

type Run = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of one processor, that the fourth library used meanwhile. */
  readonly victimShare: number;
};

export async function measureDead(pairs: number): Promise<Figure[]> {
  const perRound = 3 * PURCHASES + 2 * LATENCY_COUNT + FINDING_OUT;
  const files = Math.ceil((pairs * perRound + WARM) / (READERS - 1)) + 1;
  const stage = await setStage({ libraries: 4, readers: READERS, files, parameters: { blockIntervalMs: 0 } });
  try {
    let at = 0;
    const three: Stage = { ...stage, apis: stage.apis.slice(0, VICTIM) };
    const rate = async (): Promise<number> => {
      const perSecond = await buy(three, PURCHASES, at);
      at += PURCHASES;
      return perSecond;
    };
    const latencyOf = async (count: number): Promise<Latency> => {
      const latency = await measureLatency(three, count, at);
      at += count;
      return latency;
    };
    const run = async (): Promise<Run> => {
      const latency = await latencyOf(LATENCY_COUNT);
      const { pid } = stage.processes[VICTIM]!;
      const [cpuBefore, before] = [cpuMsOf(pid) ?? 0, performance.now()];
      const perSecond = await rate();
      const victimShare = ((cpuMsOf(pid) ?? 0) - cpuBefore) / (performance.now() - before);
      return { ...latency, perSecond, victimShare };
    };
    await buy(three, WARM, at);
    at += WARM;
    const rates: number[] = [];
    const stoodInRates: number[] = [];
    const p50s: number[] = [];
    const p99s: number[] = [];
    const foundOut: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const all = await run();
      await stage.processes[VICTIM]!.kill();
      const { maxMs } = await latencyOf(FINDING_OUT);
      const without = await run();
      const leave = standIn(all.victimShare);
      const stoodIn = await rate().finally(leave);
      await stage.restart(VICTIM);
      console.log(
        `  pair ${pair + 1}: ${all.perSecond.toFixed(0)} → ${without.perSecond.toFixed(0)} /s, with a stand-in of ` +
          `${(100 * all.victimShare).toFixed(0)} % of a processor ${stoodIn.toFixed(0)} /s; p50 ${all.p50Ms.toFixed(0)} → ` +
          `${without.p50Ms.toFixed(0)} ms, p99 ${all.p99Ms.toFixed(0)} → ${without.p99Ms.toFixed(0)} ms; ` +
          `longest before its silence was known ${maxMs.toFixed(0)} ms`,
      );
      rates.push(without.perSecond / all.perSecond);
      stoodInRates.push(stoodIn / all.perSecond);
      foundOut.push(maxMs);
      p50s.push(without.p50Ms / all.p50Ms);
      p99s.push(without.p99Ms / all.p99Ms);
    }
    const throughput = (what: string, ratios: readonly number[]): Figure =>
      share(`1 of 4 dead: throughput, of that of 4${what}`, ratios, '≥ 90 %', median(ratios) >= 1 - BAR);
    const latency = (what: string, ratios: readonly number[]): Figure =>
      share(
        `1 of 4 dead: submit to final ${what}, of that of 4`,
        ratios,
        '≤ 110 %',
        median(ratios) <= 1 + BAR,
      );
    return [
      throughput(', its processor time used by a stand-in', stoodInRates),
      throughput(', its processor time left to the others', rates),
      latency('p50', p50s),
      latency('p99', p99s),
      {
        what: '1 of 4 dead: the purchase that waits longest until its silence is known',
        figure: `${median(foundOut).toFixed(0)} ms`,
        toYardstick: '',
        bar: '–',
        met: true,
      },
    ];
  } finally {
    await stage.end();
  }
}

function share(what: string, ratios: readonly number[], bar: string, met: boolean): Figure {
  return { what, figure: `${(100 * median(ratios)).toFixed(0)} %`, toYardstick: '', bar, met };
}

async function buy(stage: Stage, count: number, from: number): Promise<number> {
  return buyAll(stage, await signPurchases(stage, count, from), { count, batch: 50, requestsAtOnce: 8 });
}
