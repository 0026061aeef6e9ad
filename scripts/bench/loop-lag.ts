/**
 * How late the event loops of the libraries were, and how much of that was their own work: what each measures of
 * itself since somebody last looked at its metrics. Node.js measures how long after the last firing a timer of 10 ms
 * fires (perf_hooks.monitorEventLoopDelay): the 10 ms are not lateness, and do not count here. On a machine with other
 * things to do the delay is mostly theirs; the work is not.
 */
import type { Stage } from './stage.ts';

/** The resolution that prom-client asks for. */
const TIMER_MS = 10;

export type LoopLag = { readonly lateMs: number; readonly workMs: number; readonly workMaxMs: number };

/** @returns p99 and longest, of the library that was worst. Looking begins the next measurement. */
export function loopLag(stage: Stage): Promise<LoopLag> {
  return lagAt(stage.federation.libraries.map(({ metricsPort }) => metricsPort));
}

/** @param ports - of their metrics, on this machine. */
export async function lagAt(ports: readonly number[]): Promise<LoopLag> {
  const texts = await Promise.all(
    ports.map(async (port) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()),
  );
  const worst = (name: string): number => Math.max(...texts.map((text) => 1_000 * gauge(text, name)));
  return {
    lateMs: worst('nodejs_eventloop_lag_p99') - TIMER_MS,
    workMs: worst('eventloop_work_p99'),
    workMaxMs: worst('eventloop_work_max'),
  };
}

function gauge(text: string, name: string): number {
  return Number(new RegExp(`^digitallib_${name}_seconds (\\S+)$`, 'm').exec(text)?.[1]);
}
