/**
 * What has come of pieces that are not whole is in memory, and nobody has checked it. Whoever sends all of each piece but
 * its last block, and rejects that one for ever, would fill the memory with a file of 64 GiB. So there is a bound for all
 * fetches together: beyond it that one ends which holds most. An honest sender fills one piece behind the other.
 */
import type { Torrent } from 'webtorrent';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';

const LOOK_MS = 250;

export class Unfinished {
  readonly #clock: Clock;
  readonly #bytesMax: number;
  /** With what ends each. */
  readonly #watched = new Map<Torrent, () => void>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, bytesMax: number = limits.unfinishedBytesMax) {
    this.#clock = clock;
    this.#bytesMax = bytesMax;
  }

  /** @returns a function that ends the watch. */
  watch(torrent: Torrent, over: () => void): () => void {
    this.#watched.set(torrent, over);
    this.#lookLater();
    return () => {
      this.#watched.delete(torrent);
      if (this.#watched.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #lookLater(): void {
    this.#cancel ??= this.#clock.after(LOOK_MS, () => {
      this.#cancel = undefined;
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const held = [...this.#watched].map(([torrent, over]) => ({ bytes: bytesIn(torrent), over }));
    let all = held.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { bytes, over } of held.sort((a, b) => b.bytes - a.bytes)) {
      if (all <= this.#bytesMax) return;
      over();
      all -= bytes;
    }
  }
}

function bytesIn({ ready, destroyed, pieces }: Torrent): number {
  if (!ready || destroyed) return 0;
  return pieces.reduce((sum, piece) => sum + (piece === null ? 0 : piece.length - piece.missing), 0);
}
