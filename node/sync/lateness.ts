/**
 * Behind for more than a moment? Who follows is a block behind whenever one has just been made, and healthy all the
 * same: a block that was known to be there counts once it has been missing for a second. Many count at once.
 */
import { limits } from '../../core/limits.ts';
import type { Height, UnixMs } from '../../core/scalars.ts';

const MOMENT_MS = 1_000;

export class Lateness {
  /** The lowest height that is looked for, and since when it is known. */
  #mark: { readonly height: Height; readonly since: UnixMs } | undefined;

  /** To be told whenever something is known anew. @param known - up to here there are final blocks. */
  look(known: Height, height: Height, now: UnixMs): boolean {
    const isOver = this.#mark === undefined || height >= this.#mark.height || known <= height;
    if (isOver) this.#mark = known > height ? { height: known, since: now } : undefined;
    if (this.#mark === undefined) return false;
    // Where the clock was set back it is late at once: it cannot be told for how long.
    return known - height > limits.rangeBlocksMax || Math.abs(now - this.#mark.since) >= MOMENT_MS;
  }
}
