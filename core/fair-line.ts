/**
 * Who waits for something that few can have at a time: each client has a line, and the lines take turns. So whoever asks for
 * much waits for himself, and another one for as many as there are clients before him. Bounded: when all places are taken,
 * whoever has few waiting gets in at the cost of the longest line, whose last one is sent away. Knows neither the time nor
 * what is waited for. Pure.
 */

export type LineBounds = {
  /** Of all that have begun and have not ended. */
  readonly atOnceMax: number;
  /** Of one client that wait. */
  readonly perClientMax: number;
  /** Of all clients that wait. */
  readonly waitingMax: number;
};

export type Waiter = {
  /** Its turn has come. @param done - called once, when it has ended: then the next one begins. */
  begin(done: () => void): void;
  /** It has lost its place to a shorter line; called once, and not after `begin`. */
  pushedOut(): void;
};

export class FairLine {
  readonly #bounds: LineBounds;
  /** By client, in the order of their turns; oldest first in each. None is empty. */
  readonly #lines = new Map<string, Set<Waiter>>();
  #waiting = 0;
  #underWay = 0;

  constructor(bounds: LineBounds) {
    this.#bounds = bounds;
  }

  /**
   * Begins at once when nobody waits.
   * @returns a function that leaves the line, and does nothing once the turn has come; undefined when there is no place.
   */
  enter(client: string, waiter: Waiter): (() => void) | undefined {
    const own = this.#lines.get(client)?.size ?? 0;
    if (own >= this.#bounds.perClientMax || !this.#makeRoom(own)) return undefined;
    this.#lines.set(client, (this.#lines.get(client) ?? new Set()).add(waiter));
    this.#waiting += 1;
    this.#serve();
    return () => this.#leave(client, waiter);
  }

  #serve(): void {
    while (this.#underWay < this.#bounds.atOnceMax) {
      const next = this.#next();
      if (next === undefined) return;
      this.#underWay += 1;
      next.begin(() => {
        this.#underWay -= 1;
        this.#serve();
      });
    }
  }

  /** The first of the line whose turn it is; the line goes behind the others. */
  #next(): Waiter | undefined {
    for (const [client, line] of this.#lines) {
      const [waiter] = line;
      this.#leave(client, waiter!);
      this.#lines.delete(client);
      if (line.size > 0) this.#lines.set(client, line);
      return waiter;
    }
    return undefined;
  }

  #makeRoom(own: number): boolean {
    if (this.#waiting < this.#bounds.waitingMax) return true;
    let most = own + 1;
    let longest: [string, Set<Waiter>] | undefined;
    for (const entry of this.#lines) {
      if (entry[1].size <= most) continue;
      most = entry[1].size;
      longest = entry;
    }
    if (longest === undefined) return false;
    const [client, line] = longest;
    const last = [...line].at(-1)!;
    this.#leave(client, last);
    last.pushedOut();
    return true;
  }

  #leave(client: string, waiter: Waiter): void {
    const line = this.#lines.get(client);
    if (line?.delete(waiter) !== true) return;
    this.#waiting -= 1;
    if (line.size === 0) this.#lines.delete(client);
  }
}
