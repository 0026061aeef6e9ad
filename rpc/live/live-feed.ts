/**
 * What blocks do, for all who follow. Nobody has a queue: who follows is a position, and reads a piece from there when it is
 * its turn, one at a time for all, in turns by group, network and client (core/fair-queue.ts). Those at the head read the same
 * block at about the same time: it is read once, each event of it is written once, and for those who may be told the same all
 * of it is.
 */
import { FairQueue, type QueueName } from '../../core/fair-queue.ts';
import { limits } from '../../core/limits.ts';
import type { Height } from '../../core/scalars.ts';
import type { EventPlace, PlacedEvent } from '../event-ports.ts';
import { inJson, PIECE } from '../event-view.ts';
import { inTurn } from '../in-turn.ts';
import type { RpcPorts } from '../ports.ts';
import type { Wanted } from './following.ts';

/** Events of one block as they are sent: a list in JSON. */
export type Part = { readonly text: string; readonly count: number; readonly next: EventPlace };
export type Piece =
  | {
      readonly kind: 'piece';
      readonly parts: readonly Part[];
      readonly next: EventPlace;
      readonly looked: { readonly blocks: number; readonly events: number };
    }
  | { readonly kind: 'pruned'; readonly oldest: Height };

type Block = {
  readonly events: readonly PlacedEvent[];
  /** In JSON; those that somebody was told. */
  readonly texts: Map<PlacedEvent, string>;
  /** By what is wanted of it. As many as there are who follow. */
  readonly shapes: Map<string, readonly Part[]>;
};

export class LiveFeed {
  readonly #ports: Pick<RpcPorts, 'events' | 'ledger' | 'yieldToLoop'>;
  /** Whoever waits there has a subscription: those are bounded. */
  readonly #turns = new FairQueue({
    atOnceMax: 1,
    perQueueMax: Number.POSITIVE_INFINITY,
    waitingMax: Number.POSITIVE_INFINITY,
  });
  readonly #following = new Set<() => void>();
  #unwatch: (() => void) | undefined;
  #isTelling = false;
  #isNew = false;
  /** The last final block; undefined: it has more events than one piece. Kept until there is another. */
  #head: { readonly height: Height; readonly block: Promise<Block | undefined> } | undefined;

  constructor(ports: Pick<RpcPorts, 'events' | 'ledger' | 'yieldToLoop'>) {
    this.#ports = ports;
  }

  get size(): number {
    return this.#following.size;
  }

  /** @param tell - called when there is a new block. @returns forgets it. */
  follow(tell: () => void): () => void {
    this.#following.add(tell);
    this.#unwatch ??= this.#ports.events.watch(() => void this.#tellAll());
    return () => {
      this.#following.delete(tell);
      if (this.#following.size > 0) return;
      this.#unwatch?.();
      this.#unwatch = undefined;
      this.#head = undefined;
    };
  }

  /** From there on: the block at the head, or as many before it as a piece has. */
  async read(queue: QueueName, from: EventPlace, wanted: Wanted): Promise<Piece> {
    const piece = await inTurn(this.#turns, queue, async () => {
      const { height } = this.#ports.ledger.head();
      const block = from.height === height && from.index === 0 ? await this.#blockAt(height) : undefined;
      if (block === undefined) return this.#readAlone(from, wanted);
      const parts = await this.#partsOf(block, wanted, { height: height + 1, index: 0 });
      const looked = { blocks: 1, events: block.events.length };
      return { kind: 'piece', parts, next: { height: height + 1, index: 0 }, looked } as const;
    });
    return piece ?? { kind: 'piece', parts: [], next: from, looked: { blocks: 0, events: 0 } };
  }

  async #readAlone(from: EventPlace, { is }: Wanted): Promise<Piece> {
    const most = { events: limits.eventsPieceLooked, looked: PIECE };
    const page = await this.#ports.events.read(from, is, most);
    if (page.kind === 'pruned') return page;
    const { events, next, looked } = page;
    const texts = new Map<PlacedEvent, string>();
    const parts: Part[] = [];
    for (const { height, of } of byBlock(events)) {
      const end = height === next.height ? next : { height: height + 1, index: 0 };
      parts.push(...(await this.#write(of, texts, end)));
    }
    return { kind: 'piece', parts, next, looked };
  }

  #blockAt(height: Height): Promise<Block | undefined> {
    if (this.#head?.height !== height) this.#head = { height, block: this.#readBlock(height) };
    return this.#head.block;
  }

  async #readBlock(height: Height): Promise<Block | undefined> {
    const most = {
      events: limits.eventsPieceLooked,
      looked: { blocks: 1, events: limits.eventsPieceLooked },
    };
    const page = await this.#ports.events.read({ height, index: 0 }, () => true, most);
    if (page.kind === 'pruned' || page.next.height !== height + 1) return undefined;
    return { events: page.events, texts: new Map(), shapes: new Map() };
  }

  async #partsOf(block: Block, { is, shape }: Wanted, end: EventPlace): Promise<readonly Part[]> {
    const known = shape === undefined ? undefined : block.shapes.get(shape);
    if (known !== undefined) return known;
    const events = block.events.filter(({ event }) => is(event));
    const parts = await this.#write(events, block.texts, end);
    if (shape !== undefined) block.shapes.set(shape, parts);
    return parts;
  }

  /** @param events - of one block. @param end - behind the last of them. */
  async #write(
    events: readonly PlacedEvent[],
    texts: Map<PlacedEvent, string>,
    end: EventPlace,
  ): Promise<readonly Part[]> {
    const parts: Part[] = [];
    let part: string[] = [];
    let bytes = 0;
    const close = (next: EventPlace): void => {
      if (part.length > 0) parts.push({ text: `[${part.join()}]`, count: part.length, next });
      part = [];
      bytes = 0;
    };
    for (const one of events) {
      await this.#ports.yieldToLoop();
      const text = texts.get(one) ?? JSON.stringify(inJson(this.#ports, one));
      texts.set(one, text);
      const more = Buffer.byteLength(text) + 1;
      if (part.length >= limits.eventsPageMax || bytes + more > limits.subscriptionBytesMax) close(one.at);
      part.push(text);
      bytes += more;
    }
    close(end);
    return parts;
  }

  /** One time for all blocks that come meanwhile. */
  async #tellAll(): Promise<void> {
    this.#isNew = true;
    if (this.#isTelling) return;
    this.#isTelling = true;
    while (this.#isNew) {
      this.#isNew = false;
      for (const tell of [...this.#following]) {
        await this.#ports.yieldToLoop();
        if (this.#following.has(tell)) tell();
      }
    }
    this.#isTelling = false;
  }
}

function byBlock(events: readonly PlacedEvent[]): { height: Height; of: PlacedEvent[] }[] {
  const blocks: { height: Height; of: PlacedEvent[] }[] = [];
  for (const one of events) {
    const last = blocks.at(-1);
    if (last?.height === one.at.height) last.of.push(one);
    else blocks.push({ height: one.at.height, of: [one] });
  }
  return blocks;
}
