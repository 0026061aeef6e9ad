/**
 * One life of a node, from its start to its crash. Everything that reaches the node passes through `run`: the dead
 * do nothing any more, whatever their promises still hold, and the paused do it later.
 */
export class Life {
  #alive = true;
  #paused = false;
  #backlog: (() => void)[] = [];

  get alive(): boolean {
    return this.#alive;
  }

  get paused(): boolean {
    return this.#paused;
  }

  run(work: () => void): void {
    if (!this.#alive) return;
    if (this.#paused) this.#backlog.push(work);
    else work();
  }

  /** What comes from outside: settles while the node runs, never when it is dead. */
  bring<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.run(() => resolve(value)),
        (error: unknown) => this.run(() => reject(error)),
      );
    });
  }

  end(): void {
    this.#alive = false;
    this.#backlog = [];
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const work of this.#backlog.splice(0)) this.run(work);
  }
}
