/** What a library costs when nothing happens: time to `/ready`, and resident memory after a while. */
import { readFileSync } from 'node:fs';
import type { Stage } from './stage.ts';
import { median } from './yardstick.ts';

/** @returns MiB of the library in the middle. Linux only; undefined elsewhere. */
export function residentMiB(stage: Stage): number | undefined {
  try {
    return median(stage.processes.map(({ pid }) => rssKiB(pid) / 1_024));
  } catch {
    return undefined; // no /proc on this system
  }
}

function rssKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
