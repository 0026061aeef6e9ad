/**
 * Who reads what blocks did, and who waits for the next one. A page is read in pieces, one at a time for all who ask, and
 * they take turns (core/fair-queue.ts): however many ask for however much, whoever asks for little waits for a piece of
 * somebody else. Who waits holds a request: clients and networks have so many, keys that have paid have places of their own.
 */
import { FairQueue, type QueueName } from '../core/fair-queue.ts';
import { limits } from '../core/limits.ts';
import type { Bound } from '../core/places.ts';
import { Shares } from '../core/shares.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { inTurn } from './in-turn.ts';

export class EventDesk {
  readonly #reading = new FairQueue({
    atOnceMax: 1,
    perQueueMax: limits.eventsReadingPerClientMax,
    waitingMax: limits.eventsReadingMax,
  });
  readonly #waiting = new Shares();

  /** @param piece - is called when its turn comes. @returns what it reads, or reject("request.too-many"). */
  async read<T>(queue: QueueName, piece: () => Promise<T>): Promise<Verdict<T>> {
    const read = await inTurn(this.#reading, queue, async () => accept(await piece()));
    return read ?? reject('request.too-many');
  }

  /** @returns undefined, and nobody waits, when there is no place. */
  async wait<T>(queue: QueueName, news: () => Promise<T>): Promise<T | undefined> {
    const places = placesOf(queue);
    if (!this.#waiting.hasRoom(places)) return undefined;
    this.#waiting.add(places, 1);
    try {
      return await news();
    } finally {
      this.#waiting.add(places, -1);
    }
  }
}

function placesOf([kind, network = '', client = '']: QueueName): readonly Bound[] {
  const all = { name: kind, max: limits.eventsWaitingPerKindMax };
  const [ofNetwork, ofClient] =
    kind === 'readers'
      ? [limits.eventsWaitingReadersPerNetworkMax, limits.eventsWaitingPerKeyMax]
      : [limits.eventsWaitingPerNetworkMax, limits.eventsWaitingPerAddressMax];
  return [
    all,
    { name: `${kind}, network ${network}`, max: ofNetwork },
    { name: `${kind}, client ${client}`, max: ofClient },
  ];
}
