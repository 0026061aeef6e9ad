/**
 * Pages of events over a WebSocket, for as long as it holds: the library sends what happens, and each notification is a page. Where
 * there is no WebSocket to be had, by a proxy that knows none or a library that has no place, pages are asked for by HTTP, and after
 * a while it is tried again. Source: docs/events.md, "Subscriptions".
 */
import * as z from 'zod/mini';
import { methodOf } from '../api/calls.ts';
import { LIVE_CALLS, NOTE_METHOD, type Note, note } from '../api/subscriptions.ts';
import { ClientError, errorOf } from './client-error.ts';
import type { EventPage } from './event-types.ts';
import type { PageSource } from './follow-events.ts';
import { readAnswer } from './transport.ts';

/** As much of the browser's WebSocket as is used. */
export type WebSocketLike = {
  send(text: string): void;
  close(): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
};
export type WebSocketMaker = new (url: string) => WebSocketLike;

export type LiveFields = (
  signal: AbortSignal | undefined,
) => Promise<z.input<typeof LIVE_CALLS.subscribe.fields>>;

type Options = {
  /** Of the library. */
  readonly url: string;
  readonly WebSocket: WebSocketMaker;
  /** What is asked for, and a signature that is good from now on. */
  readonly fields: LiveFields;
  /** By HTTP. */
  readonly pages: PageSource;
  /** In milliseconds. */
  readonly now: () => number;
};

/** A page without an event comes after so long. */
const WAIT_MS = 30_000;
/** Where no WebSocket is to be had it is tried again after so long. */
const AGAIN_MS = 60_000;
/** Notifications that nobody has taken: whoever is slower than the library goes on later, from where he is. */
const UNTAKEN_MAX = 256;
const [ID, LOOK_ID] = [1, 2];

/** `close` when nobody wants any more pages. */
export function livePages(options: Options): { readonly pages: PageSource; close(): void } {
  let following: Following | undefined;
  let notBefore = Number.NEGATIVE_INFINITY;

  async function open(from: string | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    const fields = await options.fields(signal);
    const params = from === undefined ? fields : { ...fields, from };
    const one = new Following(options, params);
    following = one;
    if (await one.opened) return true;
    close();
    signal?.throwIfAborted();
    notBefore = options.now() + AGAIN_MS;
    return false;
  }

  function close(): void {
    following?.close();
    following = undefined;
  }

  async function pages(from: string | undefined, signal: AbortSignal | undefined): Promise<EventPage> {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', close, { once: true });
    try {
      if (following !== undefined && following.next !== from) close();
      if (following === undefined && (options.now() < notBefore || !(await open(from, signal)))) {
        return await options.pages(from, signal);
      }
      signal?.throwIfAborted();
      return await following!.page(from);
    } catch (error) {
      close();
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', close);
    }
  }

  return { pages, close };
}

type Page = Extract<Note, { events: unknown }>;

/** One connection that follows one thing. */
class Following {
  readonly #socket: WebSocketLike;
  /** Has it become a WebSocket? */
  readonly opened: Promise<boolean>;
  readonly #waiting: Page[] = [];
  /** What ends it, once all that waits has been taken. */
  #error: unknown;
  #tell: (() => void) | undefined;
  #head = 0;
  /** It was asked whether it is still there. */
  #isAsked = false;
  /** Where the page begins that is given next; undefined: where it was asked from. */
  next: string | undefined;

  constructor({ url, WebSocket }: Options, params: z.input<typeof LIVE_CALLS.subscribe.fields>) {
    this.next = params.from;
    const socket = new WebSocket(`${url.replace(/\/+$/, '').replace(/^http/, 'ws')}/rpc`);
    this.#socket = socket;
    this.opened = new Promise((resolve) => {
      socket.addEventListener('open', () => {
        const method = methodOf('subscribe');
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: ID, method, params }));
        resolve(true);
      });
      socket.addEventListener('error', () => resolve(false));
      socket.addEventListener('close', () => {
        resolve(false);
        this.#end(new ClientError('client.unreachable', 'The connection to the library has ended.'));
      });
    });
    socket.addEventListener('message', ({ data }) => {
      try {
        this.#heard(JSON.parse(String(data)));
      } catch (error) {
        this.#end(
          error instanceof ClientError
            ? error
            : new ClientError('client.unreadable', 'The answer is not JSON.'),
        );
      }
    });
  }

  /** What comes next; without an event when nothing does for long. */
  async page(from: string | undefined): Promise<EventPage> {
    if (this.#waiting.length === 0 && this.#error === undefined) await this.#something();
    const page = this.#waiting.shift();
    if (page === undefined && this.#error !== undefined) throw this.#error;
    const { events, next } = page ?? { events: [], next: this.next ?? from ?? '0:0' };
    this.next = next;
    this.#head = Math.max(this.#head, Number.parseInt(next, 10) - 1);
    return { events: events as unknown as EventPage['events'], next, head: this.#head };
  }

  close(): void {
    this.#end(new ClientError('client.unreachable', 'Nobody follows any more.'));
  }

  #something(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#tell = undefined;
        this.#look();
        resolve();
      }, WAIT_MS);
      this.#tell = () => {
        clearTimeout(timer);
        this.#tell = undefined;
        resolve();
      };
    });
  }

  /** A line that is dead says nothing of it. */
  #look(): void {
    if (this.#isAsked) {
      this.close();
      return;
    }
    this.#isAsked = true;
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id: LOOK_ID, method: methodOf('status') }));
  }

  #heard(message: unknown): void {
    if (this.#error !== undefined) return;
    this.#isAsked = false;
    const { id, method, params, result, error } = readAnswer(MESSAGE, message);
    if (id === ID && error !== undefined) {
      const { code, status, ...more } = error.data;
      this.#end(errorOf(status, { ...more, title: error.message, status, type: code }));
    } else if (id === ID) {
      this.#head = readAnswer(LIVE_CALLS.subscribe.answer.schema, result).head;
    } else if (method === NOTE_METHOD) this.#told(readAnswer(note, params));
  }

  #told(told: Note): void {
    if ('stop' in told) {
      const { code, title, oldest } = told.stop;
      // Gone on with at once, with another signature; or later.
      const facts = oldest === undefined ? {} : { oldest };
      const status = code === 'events.pruned' ? 410 : 503;
      this.#end(errorOf(status, { type: code, title, status, ...facts }));
    } else if ('events' in told) {
      this.#waiting.push(told);
      if (this.#waiting.length >= UNTAKEN_MAX) {
        this.#end(new ClientError('client.unreachable', 'More has come than was taken.'));
      }
    }
    this.#tell?.();
  }

  #end(error: unknown): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#socket.close();
    this.#tell?.();
  }
}

const MESSAGE = z.object({
  id: z.optional(z.unknown()),
  method: z.optional(z.string()),
  params: z.optional(z.unknown()),
  result: z.optional(z.unknown()),
  error: z.optional(
    z.object({ message: z.string(), data: z.looseObject({ code: z.string(), status: z.number() }) }),
  ),
});
