/** CPU time of processes, from /proc (Linux): unlike a rate it hardly depends on what else the machine does. */
import { readFileSync } from 'node:fs';
import type { Stage } from './stage.ts';

/** USER_HZ of Linux on every platform that Node.js runs on. */
const TICKS_PER_SECOND = 100;

/** @returns user and system time of all libraries, in milliseconds; undefined without /proc. */
export function cpuMs(stage: Pick<Stage, 'processes'>): number | undefined {
  try {
    return stage.processes.reduce((sum, { pid }) => sum + ticks(pid) * (1_000 / TICKS_PER_SECOND), 0);
  } catch {
    return undefined; // no /proc on this system
  }
}

/** @returns user and system time of one process, in milliseconds; undefined without /proc. */
export function cpuMsOf(pid: number): number | undefined {
  try {
    return ticks(pid) * (1_000 / TICKS_PER_SECOND);
  } catch {
    return undefined; // no /proc on this system
  }
}

/** utime and stime are fields 14 and 15; the name in field 2 may hold spaces (proc(5)). */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
