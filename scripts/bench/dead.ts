/**
 * One authority of four is dead: what does that cost the other three? Pairs of runs against the same three
 * libraries, with the fourth and without it, in turn; the median of their ratios.
 */
import type { Figure } from './figure.ts';
import { measureLatency } from './latency.ts';
import { buyAll, signPurchases } from './purchases.ts';
import { type Stage, setStage } from './stage.ts';
import { median } from './yardstick.ts';

const READERS = 1_001;
const PURCHASES = 1_500;
const LATENCY_COUNT = 60;
const WARM = 1_000;
const VICTIM = 3;
const BAR = 0.1;

type Run = { readonly perSecond: number; readonly p50Ms: number };

export async function measureDead(pairs: number): Promise<Figure[]> {
  const perRun = PURCHASES + LATENCY_COUNT;
  const files = Math.ceil((2 * pairs * perRun + WARM) / (READERS - 1)) + 1;
  const stage = await setStage({ libraries: 4, readers: READERS, files, parameters: { blockIntervalMs: 0 } });
  try {
    let at = 0;
    const three: Stage = { ...stage, apis: stage.apis.slice(0, VICTIM) };
    const run = async (): Promise<Run> => {
      const { p50Ms } = await measureLatency(three, LATENCY_COUNT, at);
      at += LATENCY_COUNT;
      const perSecond = await buy(three, PURCHASES, at);
      at += PURCHASES;
      return { perSecond, p50Ms };
    };
    await buy(three, WARM, at);
    at += WARM;
    const rates: number[] = [];
    const latencies: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const all = await run();
      await stage.processes[VICTIM]!.kill();
      const without = await run();
      await stage.restart(VICTIM);
      console.log(
        `  pair ${pair + 1}: ${all.perSecond.toFixed(0)} → ${without.perSecond.toFixed(0)} /s, ` +
          `${all.p50Ms.toFixed(0)} → ${without.p50Ms.toFixed(0)} ms`,
      );
      rates.push(without.perSecond / all.perSecond);
      latencies.push(without.p50Ms / all.p50Ms);
    }
    const rate = median(rates);
    const latency = median(latencies);
    return [
      {
        what: '1 of 4 dead: throughput, of that of 4',
        figure: `${(100 * rate).toFixed(0)} %`,
        toYardstick: '',
        bar: '≥ 90 %',
        met: rate >= 1 - BAR,
      },
      {
        what: '1 of 4 dead: submit to final p50, of that of 4',
        figure: `${(100 * latency).toFixed(0)} %`,
        toYardstick: '',
        bar: '≤ 110 %',
        met: latency <= 1 + BAR,
      },
    ];
  } finally {
    await stage.end();
  }
}

function buy(stage: Stage, count: number, from: number): Promise<number> {
  return buyAll(stage, signPurchases(stage, count, from), { count, batch: 50, requestsAtOnce: 8 });
}
