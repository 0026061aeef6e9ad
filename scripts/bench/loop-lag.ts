/**
 * How late the event loops of the libraries were: what each measures of itself since somebody last looked at its
 * metrics (perf_hooks, a timer of 10 ms, which is part of the figure).
 */
import type { Stage } from './stage.ts';

export type LoopLag = { readonly p99Ms: number; readonly maxMs: number };

/** @returns of the library that was latest. Looking begins the next measurement. */
export async function loopLag(stage: Stage): Promise<LoopLag> {
  const texts = await Promise.all(stage.apis.map(async (api) => (await fetch(`${api}/metrics`)).text()));
  const worst = (name: string): number => Math.max(...texts.map((text) => 1_000 * gauge(text, name)));
  return { p99Ms: worst('p99'), maxMs: worst('max') };
}

function gauge(text: string, name: string): number {
  const line = new RegExp(`^digitallib_nodejs_eventloop_lag_${name}_seconds (\\S+)$`, 'm').exec(text);
  return Number(line?.[1]);
}
