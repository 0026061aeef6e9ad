/** Who brings next to nothing makes room for another. */
import type { Torrent } from 'webtorrent';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';

/** Calls `idle` when a window has brought next to nothing. @returns a function that ends the watch. */
export function watchPace(torrent: Torrent, clock: Clock, idle: () => void): () => void {
  let seen = 0;
  let cancel = () => {};
  const look = (): void => {
    cancel = clock.after(limits.fetchWindowMs, () => {
      if (torrent.received - seen < limits.uploadWindowBytesMin && !torrent.done) return idle();
      seen = torrent.received;
      look();
    });
  };
  look();
  return () => cancel();
}
