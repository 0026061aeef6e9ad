/** Events as a program iterates over them: over a WebSocket where there is one, whose code is loaded when it is wanted. */
import type { LedgerEvent } from './event-types.ts';
import { type FollowOptions, followEvents, type PageSource } from './follow-events.ts';
import type { LiveFields, WebSocketMaker } from './live-pages.ts';

export type { WebSocketMaker };

type Followed = {
  /** Of the library. */
  readonly url: string;
  /** undefined: there is none, pages are asked for. */
  readonly WebSocket: WebSocketMaker | undefined;
  readonly pages: PageSource;
  readonly fields: LiveFields;
  readonly options: FollowOptions;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
};

export async function* followed({
  url,
  WebSocket,
  pages,
  fields,
  options,
  wait,
}: Followed): AsyncGenerator<LedgerEvent, void, undefined> {
  if (WebSocket === undefined) return yield* followEvents(pages, options, wait);
  const { livePages } = await import('./live-pages.ts');
  const live = livePages({ url, WebSocket, fields, pages, now: Date.now });
  try {
    yield* followEvents(live.pages, options, wait);
  } finally {
    live.close();
  }
}

/**
 * @param given - null: none. @param hasTransport - the program brings its own, and has reasons for it: it is not gone around.
 */
export function webSocketOf(
  given: WebSocketMaker | null | undefined,
  hasTransport: boolean,
): WebSocketMaker | undefined {
  if (given !== undefined) return given ?? undefined;
  return hasTransport ? undefined : globalThis.WebSocket;
}
