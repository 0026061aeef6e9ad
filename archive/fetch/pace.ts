/** Who brings next to nothing makes room for another. */
import type { Torrent } from 'webtorrent';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';

/** Calls `idle` when a window has brought next to nothing. @returns a function that ends the watch. */
export function watchPace(torrent: Torrent, clock: Clock, idle: () => void): () => void {
  return everyWindow(torrent, clock, limits.fetchWindowMs, (bytes) => {
    if (bytes < limits.uploadWindowBytesMin) idle();
    return bytes < limits.uploadWindowBytesMin;
  });
}

/** Calls `lost` when a short window has brought next to nothing while others wait. @returns a function that ends the watch. */
export function watchTurn(
  torrent: Torrent,
  clock: Clock,
  isWaitedFor: () => boolean,
  lost: () => void,
): () => void {
  return everyWindow(torrent, clock, limits.fetchTurnMs, (bytes) => {
    const isLost = bytes < limits.fetchTurnBytesMin && isWaitedFor();
    if (isLost) lost();
    return isLost;
  });
}

/** Calls `silent` when not one byte has come by then. @returns a function that ends the watch. */
export function watchFirst(
  torrent: Torrent,
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
  torrent: Torrent,
  clock: Clock,
  windowMs: number,
  ends: (bytes: number) => boolean,
): () => void {
  let seen = 0;
  let cancel = () => {};
  const look = (): void => {
    cancel = clock.after(windowMs, () => {
      if (!torrent.done && ends(torrent.received - seen)) return;
      seen = torrent.received;
      look();
    });
  };
  look();
  return () => cancel();
}
