/** Work that nobody waits for: none is lost when the library stops, and what fails now may work the next time. */
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/ports.ts';

export class Tasks {
  readonly #log: Log;
  readonly #failure: string;
  readonly #running = new Set<Promise<void>>();

  /** @param failure - what the log says when a peer or a disk has failed. */
  constructor(log: Log, failure: string) {
    this.#log = log;
    this.#failure = failure;
  }

  run(task: () => Promise<void>): void {
    const running = task()
      .catch((error) => {
        if (!(error instanceof Fault)) throw error;
        this.#log.warn(this.#failure, { code: error.code });
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async drained(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
