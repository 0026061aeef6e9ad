/** Starts in order, stops in reverse, each with a deadline. A part that will not stop is left behind with a word. */
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/ports.ts';

export type Part = { readonly name: string; start(): Promise<void> | void; stop(): Promise<void> | void };

const STOP_MS = 10_000;

export class Lifecycle {
  readonly #parts: readonly Part[];
  readonly #log: Log;
  readonly #started: Part[] = [];

  constructor(parts: readonly Part[], log: Log) {
    this.#parts = parts;
    this.#log = log;
  }

  /** When a part fails, those before it are stopped again. @param stopping - once it is aborted no further part starts. */
  async start(stopping?: AbortSignal): Promise<void> {
    try {
      for (const part of this.#parts) {
        await part.start();
        this.#started.push(part);
        if (stopping?.aborted) return;
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) {
      try {
        await withDeadline(part.stop(), `${part.name} does not stop`);
      } catch (error) {
        this.#log.error('a part failed to stop', { part: part.name, error: error as Error });
      }
    }
  }
}

async function withDeadline(work: Promise<void> | void, message: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Fault('network.timeout', message)), STOP_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
