/**
 * What final blocks have done, from any place that is still kept: one feed for whoever keeps something beside the state,
 * and for readers. A place is a height and an index in its block. Rows are written in the batch that makes a block final
 * (ledger.ts), and go with its body (prune.ts; docs/decisions/events.md).
 */
import type { ChainEvent } from '../../chain/kind/event.ts';
import { assert } from '../../core/assert.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Height, PublicKey32, UnixMs } from '../../core/scalars.ts';
import type { Yield } from '../process/yield.ts';
import type { BlockEvents } from './block-store.ts';
import { Follower, type Following } from './follower.ts';
import type { OwnEvent, OwnPage } from './history.ts';
import type { Ledger } from './ledger.ts';

/** Of an event. The index of the first one of a block is 0; one beyond the last stands for the next block. */
export type Position = { readonly height: Height; readonly index: number };
export type Looked = { readonly blocks: number; readonly events: number };
export type PlacedEvent = { readonly at: Position; readonly time: UnixMs; readonly event: ChainEvent };
export type EventPage =
  /** `next`: from where on to read, also when there is nothing yet. `looked`: at so much for it. */
  | {
      readonly kind: 'page';
      readonly events: readonly PlacedEvent[];
      readonly next: Position;
      readonly looked: Looked;
    }
  /** The first block of them is not kept. @property oldest - the first one that is. */
  | { readonly kind: 'pruned'; readonly oldest: Height };

type WhenGone = (tell: () => void) => () => void;
type Ports = {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly yieldToLoop: Yield;
  /** One who follows cannot go on. */
  failed(error: unknown): void;
};

export class EventFeed {
  readonly #ports: Ports;
  readonly #followers = new Set<Follower>();
  /** Those who wait for the next block. */
  readonly #waiting = new Set<() => void>();
  readonly #watching = new Set<() => void>();
  #stopped = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    ports.ledger.onCommit(({ block }, events) => {
      const { height, time } = block.header;
      for (const follower of this.#followers) follower.hear({ height, time, events });
    });
    ports.ledger.onAdvanced(() => {
      this.#letGo();
      for (const tell of [...this.#watching]) tell();
    });
  }

  /** @returns undefined when it is not kept; see `BlockStore.events`. */
  at(height: Height): BlockEvents | undefined {
    return this.#ports.ledger.blocks.events(height);
  }

  /** The first block whose events are kept; the one after the head when there is none. */
  async oldest(): Promise<Height> {
    return (await this.#ports.ledger.blocks.oldestEvents()) ?? this.#head() + 1;
  }

  /** What is for this key alone. @returns undefined while its index is being built. */
  async own(key: PublicKey32, page: OwnPage): Promise<readonly OwnEvent[] | undefined> {
    const { history } = this.#ports.ledger.blocks;
    return history.isWhole ? history.read(key, page) : undefined;
  }

  /** Until it is stopped. */
  follow(following: Following): Pick<Follower, 'isAtHead' | 'caughtUp' | 'stop'> {
    const { yieldToLoop, failed } = this.#ports;
    const ports = {
      ...{ yieldToLoop, failed },
      at: (height: Height) => this.at(height),
      head: () => this.#head(),
      stopped: () => void this.#followers.delete(follower),
    };
    const follower = new Follower(ports, following);
    this.#followers.add(follower);
    return follower;
  }

  /**
   * Some of what happened from a place on, in order. Gives others turns between blocks.
   * @param wanted - left out of the page: all others. @param most - events of the page; what is looked at for it: blocks, and
   * events before the last of these.
   */
  async read(
    from: Position,
    wanted: (event: ChainEvent) => boolean,
    most: { readonly events: number; readonly looked: Looked },
  ): Promise<EventPage> {
    assert(most.events >= 1 && most.looked.blocks >= 1, 'a page has room');
    const found: PlacedEvent[] = [];
    // Genesis does nothing.
    let next: Position = from.height < 1 ? { height: 1, index: 0 } : from;
    let blocks = 0;
    let events = 0;
    const page = (at: Position): EventPage => {
      return { kind: 'page', events: found, next: at, looked: { blocks, events } };
    };
    const isFull = (): boolean => blocks >= most.looked.blocks || events > most.looked.events;
    for (; !isFull() && !this.#stopped && next.height <= this.#head(); blocks++) {
      await this.#ports.yieldToLoop();
      const block = this.at(next.height);
      if (block === undefined && found.length > 0) break; // it goes while one reads
      if (block === undefined) return { kind: 'pruned', oldest: await this.oldest() };
      for (let { index } = next; index < block.events.length; index++, events++) {
        const event = block.events[index]!;
        if (!wanted(event)) continue;
        const at = { height: block.height, index };
        if (found.length >= most.events) return page(at);
        found.push({ at, time: block.time, event });
      }
      next = { height: block.height + 1, index: 0 };
    }
    return page(next);
  }

  /**
   * Waits until there is a block of this height, for `ms` at most.
   * @param whenGone - tells when nobody wants to know any more; what it returns forgets that.
   * @returns false when there is none: it took too long, too many wait already, who asked has gone, or the library stops.
   */
  async news(height: Height, ms: number, whenGone: WhenGone = () => () => {}): Promise<boolean> {
    if (this.#head() < height && !this.#stopped && this.#waiting.size < limits.eventsWaitingMax) {
      await this.#untilThere(height, ms, whenGone);
    }
    return this.#head() >= height;
  }

  /** @param tell - called when there is a new block, without an end. @returns forgets it. */
  watch(tell: () => void): () => void {
    this.#watching.add(tell);
    return () => void this.#watching.delete(tell);
  }

  /** Whoever waits is let go. */
  stop(): void {
    this.#stopped = true;
    this.#letGo();
  }

  #untilThere(height: Height, ms: number, whenGone: WhenGone): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let forget = (): void => {};
    const end = (): void => {
      cancel();
      forget();
      this.#waiting.delete(look);
      resolve();
    };
    const look = (): void => {
      if (this.#stopped || this.#head() >= height) end();
    };
    const cancel = this.#ports.clock.after(ms, end);
    this.#waiting.add(look);
    forget = whenGone(end);
    return promise;
  }

  #letGo(): void {
    for (const look of [...this.#waiting]) look();
  }

  #head(): Height {
    return this.#ports.ledger.head().header.height;
  }
}
