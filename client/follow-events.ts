/**
 * Events one by one, for as long as anybody wants them: page after page from wherever they come, each event once and in order. A
 * library that does not answer, or is busy, is asked again from the same place, later and later.
 */
import { ClientError } from './client-error.ts';
import type { EventPage, LedgerEvent } from './event-types.ts';

/** Of the event itself and of what is behind it. @param from - height:index; undefined: the oldest that is kept. */
export type PageSource = (from: string | undefined, signal: AbortSignal | undefined) => Promise<EventPage>;

export type FollowOptions = {
  /** height:index of the first event that is wanted. */
  readonly from?: string | undefined;
  /** `at` of the last event that was taken: begins behind it. Instead of `from`. */
  readonly after?: string | undefined;
  /**
   * Called when all up to this place has been taken: where to begin again, also when nothing has happened for long. Keep it together
   * with what you make of the events; the next page is asked for when it has returned.
   */
  readonly reached?: ((next: string) => Promise<void> | void) | undefined;
  /** Aborted, it ends the iteration. */
  readonly signal?: AbortSignal | undefined;
};
/** @param wait - returns early when the signal is aborted. */
type Wait = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

/** Between two questions to a library that does not answer, at first and at most; they grow by so much, and are spread. */
const BACKOFF_MS = 500;
const BACKOFF_MAX_MS = 30_000;
const LONGER = 2;
const SPREAD = 0.5;
/** Between two that had the same answer, nothing: a library may not wait for the next block. */
const IDLE_MS = 1_000;

/** @throws ClientError of what will not pass by itself: "events.pruned", or a signature that the library does not take. */
export async function* followEvents(
  source: PageSource,
  { from, after, reached, signal }: FollowOptions,
  wait: Wait,
): AsyncGenerator<LedgerEvent, void, undefined> {
  const ended = (): boolean => signal?.aborted === true;
  let next = after === undefined ? from : behind(after);
  let last = after;
  let backoff = BACKOFF_MS;
  while (!ended()) {
    const askedAt = Date.now();
    let page: EventPage;
    try {
      page = await source(next, signal);
    } catch (error) {
      if (ended()) return;
      if (!passes(error)) throw error;
      await wait(backoff * (1 + SPREAD * Math.random()), signal);
      backoff = Math.min(LONGER * backoff, BACKOFF_MAX_MS);
      continue;
    }
    backoff = BACKOFF_MS;
    for (const event of page.events) {
      if (last !== undefined && !isBehind(event.at, last)) continue;
      last = event.at;
      yield event;
      if (ended()) return;
    }
    const isSame = page.next === next;
    next = page.next;
    if (!isSame) await reached?.(next);
    else if (Date.now() - askedAt < IDLE_MS) await wait(IDLE_MS, signal);
  }
}

/** Of the next event, or of the next block. */
function behind(at: string): string {
  const [height, index] = placeOf(at);
  return `${height}:${index + 1}`;
}

function isBehind(one: string, other: string): boolean {
  const [height, index] = placeOf(one);
  const [otherHeight, otherIndex] = placeOf(other);
  return height > otherHeight || (height === otherHeight && index > otherIndex);
}

function placeOf(at: string): [height: number, index: number] {
  const [height, index] = at.split(':').map(Number);
  return [height ?? 0, index ?? 0];
}

/** Will it be otherwise in a while? */
function passes(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false;
  const { code, status = 0 } = error;
  return code === 'client.unreachable' || status >= 500 || status === 429 || status === 408;
}
