/**
 * A queue whose items are taken one after the other, and a flush after each tick: whatever came in during the last
 * flush is taken together, so that many events share one fsync. Knows neither items nor flushes.
 */
type Ports<T> = {
  take(item: T): Promise<void>;
  flush(): Promise<void>;
  /** Something threw: nothing is taken any more. */
  failed(error: unknown): void;
  /** After a failure: this will not be done, or its end has not become durable. Somebody may be waiting for it. */
  dropped(item: T): void;
};

export class GroupCommit<T> {
  readonly #ports: Ports<T>;
  readonly #queue: T[] = [];
  #running: Promise<void> | undefined;
  #stopped = true;
  #failed = false;

  constructor(ports: Ports<T>) {
    this.#ports = ports;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  start(): void {
    this.#stopped = false;
  }

  /** Resolves when the present tick is over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  push(item: T): void {
    if (this.#failed) {
      this.#ports.dropped(item);
      return;
    }
    this.#queue.push(item);
    if (this.#running !== undefined || this.#stopped) return;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    let taken: T[] = [];
    try {
      await Promise.resolve(); // so that what happens in this very moment comes along
      while (this.#queue.length > 0 && !this.#stopped) {
        taken = this.#queue.splice(0);
        for (const item of taken) await this.#ports.take(item);
        await this.#ports.flush();
      }
    } catch (error) {
      this.#stopped = true;
      this.#failed = true;
      this.#ports.failed(error);
      for (const item of [...taken, ...this.#queue.splice(0)]) this.#ports.dropped(item);
    } finally {
      this.#running = undefined;
    }
  }
}
