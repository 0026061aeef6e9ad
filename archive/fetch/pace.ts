/** Who brings next to nothing makes room for another. */
import type { Torrent } from 'webtorrent';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';

/** A torrent that is fetched. `kept`: bytes that it has got so far (kept.ts). */
export type Fetched = { readonly torrent: Torrent; kept(): number };

/** Calls `idle` when a window has brought next to nothing. @returns a function that ends the watch. */
export function watchPace(fetched: Fetched, clock: Clock, idle: () => void): () => void {
  return everyWindow(fetched, clock, limits.fetchWindowMs, (bytes) => {
    if (bytes < limits.uploadWindowBytesMin) idle();
    return bytes < limits.uploadWindowBytesMin;
  });
}

/** Calls `lost` when a short window has brought next to nothing while others wait. @returns a function that ends the watch. */
export function watchTurn(
  fetched: Fetched,
  clock: Clock,
  isWaitedFor: () => boolean,
  lost: () => void,
): () => void {
  return everyWindow(fetched, clock, limits.fetchTurnMs, (bytes) => {
    const isLost = bytes < limits.fetchTurnBytesMin && isWaitedFor();
    if (isLost) lost();
    return isLost;
  });
}

/** Calls `silent` when not one byte has come by then, of whatever. @returns a function that ends the watch. */
export function watchFirst(
  { torrent }: Fetched,
  clock: Clock,
  firstMs: number | undefined,
  silent: () => void,
): () => void {
  if (firstMs === undefined) return () => {};
  return clock.after(firstMs, () => {
    if (torrent.received === 0 && !torrent.done) silent();
  });
}

/** @param ends - is told what a window has brought; true ends the watch. */
function everyWindow(
  { torrent, kept }: Fetched,
  clock: Clock,
  windowMs: number,
  ends: (bytes: number) => boolean,
): () => void {
  let seen = 0;
  let cancel = () => {};
  const look = (): void => {
    cancel = clock.after(windowMs, () => {
      const bytes = kept();
      if (!torrent.done && ends(bytes - seen)) return;
      seen = bytes;
      look();
    });
  };
  look();
  return () => cancel();
}
