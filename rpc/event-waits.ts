/**
 * Who waits for what the next block does: each holds a request. A client and a network have so many (core/limits), so
 * that ten networks leave some to others; whoever finds no place is told at once that there is nothing yet, and asks again.
 */
import { limits } from '../core/limits.ts';
import { Shares } from '../core/shares.ts';

export class EventWaits {
  readonly #shares = new Shares();

  /** @param network - of whoever asks, and `client`: client-name.ts. @returns undefined when there is no place. */
  async wait<T>(network: string, client: string, news: () => Promise<T>): Promise<T | undefined> {
    const bounds = [
      { name: `network ${network}`, max: limits.eventsWaitingPerNetworkMax },
      { name: `client ${client}`, max: limits.eventsWaitingPerAddressMax },
    ];
    if (!this.#shares.hasRoom(bounds)) return undefined;
    this.#shares.add(bounds, 1);
    try {
      return await news();
    } finally {
      this.#shares.add(bounds, -1);
    }
  }
}
