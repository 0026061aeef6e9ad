/** Resident memory of processes over time, from /proc (Linux), and whether it is flat. */
import { readFileSync } from 'node:fs';

const EVERY_MS = 1_000;
const KIB_PER_MIB = 1_024;
/** Caches fill and heaps find their size; what grows after that is kept. */
const WARM_UP_SHARE = 0.25;

export type Growth = { readonly firstMiB: number; readonly lastMiB: number; readonly mostMiB: number };

export class MemoryWatch {
  readonly #pids: readonly number[];
  /** For each process, MiB. */
  readonly #samples: number[][];
  readonly #timer: NodeJS.Timeout;

  constructor(pids: readonly number[]) {
    this.#pids = pids;
    this.#samples = pids.map(() => []);
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  /** @returns one a process. */
  stop(): readonly Growth[] {
    clearInterval(this.#timer);
    return this.#samples.map(growth);
  }

  #look(): void {
    for (const [i, pid] of this.#pids.entries()) {
      const mib = residentMiBOf(pid);
      if (mib !== undefined) this.#samples[i]!.push(mib);
    }
  }
}

/** After the warm-up: the middle of the first third and of the last. @param samples - at equal distances. */
export function growth(samples: readonly number[]): Growth {
  const warm = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const third = Math.max(1, Math.floor(warm.length / 3));
  return {
    firstMiB: middle(warm.slice(0, third)),
    lastMiB: middle(warm.slice(-third)),
    mostMiB: Math.max(...samples),
  };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** @returns undefined when it has ended, or where there is no /proc. */
function residentMiBOf(pid: number): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / KIB_PER_MIB;
  } catch {
    return undefined;
  }
}
