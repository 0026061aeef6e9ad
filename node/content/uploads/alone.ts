/** One thing at a time for an upload. What a disk does to one of them is told to the operator, and ends nothing else. */
import { Fault } from '../../../core/fault.ts';
import type { Log } from '../../../core/ports.ts';
import { type Intake, nameOf } from './intake.ts';

/** By file and key. */
export type Which = Pick<Intake, 'hash' | 'key'>;

export class Alone {
  readonly #log: Log;
  /** What is under way; by file and key. */
  readonly #busy = new Map<string, Promise<void>>();

  constructor(log: Log) {
    this.#log = log;
  }

  isBusy(which: Which): boolean {
    return this.#busy.has(nameOf(which));
  }

  /** Whoever comes meanwhile waits for what is under way, and does nothing itself. */
  async run(which: Which, work: () => Promise<void>): Promise<void> {
    const name = nameOf(which);
    const before = this.#busy.get(name);
    if (before !== undefined) return before;
    const running = work()
      .catch((error) => {
        if (!(error instanceof Fault)) throw error;
        this.#log.warn('an upload waits', { code: error.code });
      })
      .finally(() => this.#busy.delete(name));
    this.#busy.set(name, running);
    await running;
  }

  /** Once nothing else is under way. @throws Fault when the work does. */
  async after<T>(which: Which, work: () => Promise<T>): Promise<T> {
    const name = nameOf(which);
    for (let busy = this.#busy.get(name); busy !== undefined; busy = this.#busy.get(name)) await busy;
    const done = Promise.withResolvers<T>();
    await Promise.all([done.promise, this.run(which, () => work().then(done.resolve, done.reject))]);
    return done.promise;
  }
}
