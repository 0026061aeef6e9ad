/**
 * A file in parts, to a library that keeps what has come (tus 1.0.0): after a cut, a restart of either side or a new process of
 * this one it goes on where it was, as the library tells by key and hash. Holds one part of the file at a time.
 */
import { ClientError, unreadable } from './client-error.ts';

export type Place = { readonly url: string; readonly offset: number };
export type InParts = {
  readonly signal?: AbortSignal | undefined;
  /** Of the bytes that the library has, as it has said; called again with less where it has lost some. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};
type Library = {
  /** Tells how far it has come, and begins it where there is none. */
  begin(): Promise<Place>;
  /** @returns how far it has come with it. */
  send(place: Place, part: Blob): Promise<number>;
  wait(ms: number, signal?: AbortSignal): Promise<void>;
};

const MiB = 2 ** 20;
/** Small enough to show how it goes, and large enough that the requests are few. */
const PART_BYTES_MIN = MiB;
const PART_BYTES_MAX = 32 * MiB;
const PARTS = 64;
/** In a row, in which nothing comes through: about two minutes. */
const FAILURES_MAX = 9;
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 30_000;

/** Resolves when the library has all of it, and has compared it with its hash. @throws ClientError, or the reason of the signal. */
export async function uploadInParts(
  { begin, send, wait }: Library,
  blob: Blob,
  { signal, onProgress }: InParts,
): Promise<void> {
  const partBytes = Math.min(PART_BYTES_MAX, Math.max(PART_BYTES_MIN, Math.ceil(blob.size / PARTS)));
  let place = await begin();
  let failures = 0;
  for (;;) {
    try {
      onProgress?.(place.offset, blob.size);
      // Also when all is there: the answer to nothing says whether it was what it should be.
      const offset = await send(place, blob.slice(place.offset, place.offset + partBytes));
      if (offset === blob.size) return onProgress?.(offset, blob.size);
      if (offset <= place.offset || offset > blob.size) unreadable('an offset that fits');
      place = { ...place, offset };
      failures = 0;
    } catch (error) {
      if (!(error instanceof ClientError) || !passes(error)) throw error;
      failures += 1;
      if (failures > FAILURES_MAX) throw error;
      await wait(Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** (failures - 1)), signal);
      signal?.throwIfAborted();
      place = await begin().catch((again) => {
        if (again instanceof ClientError && passes(again)) return place;
        throw again;
      });
    }
  }
}

/** A line that was cut, a library that is down, or one that has not noticed yet that its line was cut. */
function passes({ code, status }: ClientError): boolean {
  if (code === 'client.unreachable' || AGAIN.has(code)) return true;
  return status !== undefined && (status === 429 || (status >= 502 && status <= 504));
}

const AGAIN: ReadonlySet<string> = new Set([
  'upload.locked',
  'upload.wrong-offset',
  'upload.gone',
  'upload.too-slow',
  'request.too-slow',
]);
