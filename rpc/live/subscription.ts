/**
 * One who follows the ledger over a WebSocket: a position that reads on while its connection takes what it is sent, and while
 * there is something to pay with. Both end and come back by themselves, and are told; what does not come back ends it, with a
 * code and the place from which to go on.
 */
import { NOTE_METHOD } from '../../api/subscriptions.ts';
import type { Code } from '../../core/codes.ts';
import { limits } from '../../core/limits.ts';
import type { UnixMs } from '../../core/scalars.ts';
import type { RpcContext } from '../context.ts';
import type { EventPlace } from '../event-ports.ts';
import { BLOCK_COST, EVENT_LOOK_COST, PIECE_COST, placeText } from '../event-view.ts';
import { problemDocument } from '../problem.ts';
import { problemOf } from '../problem-of.ts';
import type { Following, Wanted } from './following.ts';
import type { LiveFeed, Piece } from './live-feed.ts';

/** To send an event, and a notification, in milliseconds: what a page of `events` costs for each beyond its hundred. */
const EVENT_COST = 0.02;
const NOTE_COST = 0.1;

/** The connection. */
export type Host = {
  /** Who asks, as of now. */
  context(): RpcContext;
  /** Does it take more? When it does again, it says so (`goOn`). */
  hasRoom(): boolean;
  send(text: string): void;
  /** It is over, for a reason that its client has not given. */
  stopped(subscription: Subscription, code: Code): void;
};

export class Subscription {
  readonly name: string;
  readonly #host: Host;
  readonly #feed: LiveFeed;
  readonly #wanted: Wanted;
  readonly #until: UnixMs;
  /** What its client has been told last, and when. */
  #told: EventPlace;
  #toldAt: UnixMs;
  #next: EventPlace;
  #isReading = false;
  #isNew = false;
  #hasEnded = false;
  /** Waits until there is something to pay with. */
  #cancelPause: (() => void) | undefined;
  #isPauseTold = false;
  readonly #forget: (() => void)[] = [];

  constructor(
    host: Host,
    feed: LiveFeed,
    { name, from, wanted, until }: Following & { readonly name: string },
  ) {
    this.name = name;
    this.#host = host;
    this.#feed = feed;
    this.#wanted = wanted;
    this.#until = until ?? Number.POSITIVE_INFINITY;
    this.#told = from;
    this.#next = from;
    const { clock } = host.context().ports;
    this.#toldAt = clock.now();
    this.#forget.push(feed.follow(() => this.goOn()));
    if (until !== undefined) {
      this.#forget.push(clock.after(Math.max(0, until - clock.now()), () => this.goOn()));
    }
  }

  /** All that is before it was told. */
  get next(): string {
    return placeText(this.#next);
  }

  goOn(): void {
    this.#isNew = true;
    if (this.#isReading || this.#cancelPause !== undefined) return;
    this.#isReading = true;
    this.#readOn()
      .catch((thrown: unknown) => this.stop(this.#codeOf(thrown)))
      .finally(() => {
        this.#isReading = false;
        // Something has come between its last look and now.
        const waits = this.#hasEnded || this.#cancelPause !== undefined || !this.#host.hasRoom();
        if (this.#isNew && !waits) this.goOn();
      });
  }

  #codeOf(thrown: unknown): Code {
    const { ports, request } = this.#host.context();
    return problemOf(thrown, ports, request).code;
  }

  /** @param facts - beside the code, for the client. */
  stop(code: Code, facts: { readonly oldest?: number } = {}): void {
    if (this.#hasEnded) return;
    this.end();
    const { title } = problemDocument({ code });
    this.#note({ stop: { code, title, next: this.next, ...facts } });
    this.#host.stopped(this, code);
  }

  /** Without a word. */
  end(): void {
    this.#hasEnded = true;
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    for (const forget of this.#forget.splice(0)) forget();
  }

  async #readOn(): Promise<void> {
    while (this.#isNew && !this.#hasEnded && this.#host.hasRoom()) {
      const { ports, pay, charge, queue } = this.#host.context();
      const { height: head } = ports.ledger.head();
      if (ports.clock.now() >= this.#until) return this.stop('request.expired');
      if (ports.node.closed()) return this.stop('node.not-ready');
      if (this.#next.height > head) {
        this.#isNew = false;
        return this.#tellPlace(ports.clock.now());
      }
      const price = this.#next.height === head ? BLOCK_COST + NOTE_COST : PIECE_COST;
      if (pay(price).kind !== 'accept') return this.#pause();
      const piece = await this.#feed.read(queue, this.#next, this.#wanted);
      if (this.#hasEnded) return;
      if (piece.kind === 'pruned') return this.stop('events.pruned', { oldest: piece.oldest });
      const cost = costOf(piece);
      if (cost > price) charge(cost - price);
      for (const { text, next } of piece.parts) this.#tell(text, next);
      this.#next = piece.next;
      if (piece.looked.blocks === 0) this.#isNew = false; // the library stops
    }
  }

  #tell(events: string, next: EventPlace): void {
    this.#told = next;
    this.#toldAt = this.#host.context().ports.clock.now();
    this.#isPauseTold = false;
    const name = JSON.stringify(this.name);
    this.#host.send(
      `{"jsonrpc":"2.0","method":"${NOTE_METHOD}","params":{"subscription":${name},"events":${events},"next":"${placeText(next)}"}}`,
    );
  }

  /** Nothing of it was for this client: how far that is known, it hears now and then. */
  #tellPlace(now: UnixMs): void {
    const isOld = now - this.#toldAt >= limits.subscriptionToldMs;
    if (isOld && this.#next.height > this.#told.height) this.#tell('[]', this.#next);
  }

  #pause(): void {
    const { clock } = this.#host.context().ports;
    this.#cancelPause = clock.after(limits.subscriptionPauseMs, () => {
      this.#cancelPause = undefined;
      this.goOn();
    });
    if (this.#isPauseTold) return;
    this.#isPauseTold = true;
    const code = 'request.over-budget';
    const { title } = problemDocument({ code });
    this.#note({ pause: { code, title, after_ms: limits.subscriptionPauseMs, next: this.next } });
  }

  #note(params: object): void {
    const whole = { subscription: this.name, ...params };
    this.#host.send(JSON.stringify({ jsonrpc: '2.0', method: NOTE_METHOD, params: whole }));
  }
}

function costOf({ parts, looked }: Extract<Piece, { kind: 'piece' }>): number {
  const sent = parts.reduce((sum, { count }) => sum + NOTE_COST + EVENT_COST * count, 0);
  return BLOCK_COST * looked.blocks + EVENT_LOOK_COST * looked.events + sent;
}
