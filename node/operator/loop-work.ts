/**
 * How long the event loop works in one go, in processor time: a look every ten milliseconds at what the main thread
 * has used since the last one. A delay says how late everybody was, also because other processes had the processor;
 * this says how much of that was ours. The ten milliseconds are part of the figure, as they are of a delay.
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

const LOOK_EVERY_MS = 10;

export type LoopWorkReading = { readonly p99Seconds: number; readonly maxSeconds: number };

export class LoopWork {
  readonly #histogram: RecordableHistogram = createHistogram();
  #used = process.threadCpuUsage();

  constructor() {
    setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Since the last reading. */
  read(): LoopWorkReading {
    const reading = {
      p99Seconds: this.#histogram.percentile(99) / 1e6,
      maxSeconds: this.#histogram.max / 1e6,
    };
    this.#histogram.reset();
    return reading;
  }

  #look(): void {
    const { user, system } = process.threadCpuUsage();
    const microseconds = user + system - this.#used.user - this.#used.system;
    this.#histogram.record(Math.max(1, Math.round(microseconds)));
    this.#used = { user, system };
  }
}
