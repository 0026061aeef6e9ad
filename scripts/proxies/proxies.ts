/**
 * Proxies in front of the ports of libraries: whoever dials a library comes through its proxy, and the proxy can be
 * slow, lossy, or cut between any two of them. For machines whose kernel has no netem. A thread of its own, so that
 * the wait on a proxy is not the wait for somebody else.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Weather } from './direction.ts';

export type ProxyPlace = {
  readonly fromHost: string;
  readonly fromPort: number;
  readonly toHost: string;
  readonly toPort: number;
};
export type ProxyOptions = {
  /** That of library i leads to library i. */
  readonly places: readonly ProxyPlace[];
  /** From which address library i dials: tells who is at the other end. Only holds need it. */
  readonly callers?: readonly string[];
};
export type ProxyCommand =
  | { readonly kind: 'weather'; readonly weather: Weather }
  /** Nothing comes from library `from` to library `to` any more. */
  | { readonly kind: 'hold' | 'release'; readonly from: number; readonly to: number };

export const CALM: Weather = { delayMs: 0, jitterMs: 0, lossShare: 0, resendMs: 0, breakShare: 0 };

export class Proxies {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  static async open(options: ProxyOptions): Promise<Proxies> {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: options });
    await once(worker, 'message');
    worker.unref();
    return new Proxies(worker);
  }

  /** From now on, on all of them. */
  async weather(weather: Weather): Promise<void> {
    await this.#tell({ kind: 'weather', weather });
  }

  async hold(from: number, to: number): Promise<void> {
    await this.#tell({ kind: 'hold', from, to });
  }

  async release(from: number, to: number): Promise<void> {
    await this.#tell({ kind: 'release', from, to });
  }

  /** Every connection through them breaks. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  /** Resolves when it is so; one after the other. */
  async #tell(command: ProxyCommand): Promise<void> {
    const done = once(this.#worker, 'message');
    this.#worker.postMessage(command);
    await done;
  }
}
