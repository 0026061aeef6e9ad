/**
 * Files that wait to be fetched from other libraries. The libraries that sponsor uploads take turns, and among the uploads
 * of one library those who upload; of one uploader the smallest file is first. So whoever uploads thousands waits for
 * himself. What has lost its turn to others, because nothing came, is in lines of its own: those and the fresh ones take
 * turns as well, so that neither many that cannot be had nor many that are new keep all places. Bounded: when it is
 * full, the longest line gives way. Pure.
 */
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, PublicKey32, Tokens } from '../../core/scalars.ts';

export type Waiting = {
  readonly hash: Hash32;
  /** Of the upload; undefined for a file that is available, and is copied. */
  readonly sponsor: PublicKey32 | undefined;
  readonly uploader: PublicKey32;
  readonly size: Tokens;
};

/** Of one uploader, by size. Never empty. */
type Line = Waiting[];
/** By uploader, in the order of their turns. Never empty. */
type Lines = Map<string, Line>;

/** Lines that are looked at for the longest one, those first whose turn is next: microseconds. */
const LOOKED_AT_MAX = 256;

export class FetchTurns {
  readonly #fresh = new Map<string, Lines>();
  readonly #again = new Map<string, Lines>();
  readonly #names = new Set<string>();
  #nextIsAgain = false;

  get size(): number {
    return this.#names.size;
  }

  has(hash: Hash32): boolean {
    return this.#names.has(toHex(hash));
  }

  /** @param again - it had its turn, and lost it. @returns false when there is no room for it, or it is there. */
  add(waiting: Waiting, again = false): boolean {
    if (this.has(waiting.hash)) return false;
    const all = again ? this.#again : this.#fresh;
    const [sponsor, uploader] = namesOf(waiting);
    if (this.size >= limits.fetchesWaitingMax) {
      const own = all.get(sponsor)?.get(uploader)?.length ?? 0;
      if (!this.#dropLongerThan(own + 1)) return false;
    }
    const lines: Lines = all.get(sponsor) ?? new Map();
    const line = lines.get(uploader) ?? [];
    const at = line.findLastIndex(({ size }) => size <= waiting.size) + 1;
    line.splice(at, 0, waiting);
    lines.set(uploader, line);
    all.set(sponsor, lines);
    this.#names.add(toHex(waiting.hash));
    return true;
  }

  /** Whose turn it is now, and no more. */
  take(): Waiting | undefined {
    const [first, second] = this.#nextIsAgain ? [this.#again, this.#fresh] : [this.#fresh, this.#again];
    this.#nextIsAgain = !this.#nextIsAgain;
    const taken = takeFrom(first) ?? takeFrom(second);
    if (taken !== undefined) this.#names.delete(toHex(taken.hash));
    return taken;
  }

  #dropLongerThan(length: number): boolean {
    let longest: Line | undefined;
    let left = LOOKED_AT_MAX;
    for (const all of [this.#fresh, this.#again]) {
      for (const lines of all.values()) {
        for (const line of lines.values()) {
          if (left-- === 0) break;
          if (line.length > (longest?.length ?? length)) longest = line;
        }
      }
    }
    const dropped = longest?.pop(); // it had at least two
    if (dropped !== undefined) this.#names.delete(toHex(dropped.hash));
    return dropped !== undefined;
  }
}

/** Who has had a turn goes to the end: the uploader among those of the sponsor, and the sponsor. */
function takeFrom(all: Map<string, Lines>): Waiting | undefined {
  for (const [sponsor, lines] of all) {
    for (const [uploader, line] of lines) {
      const taken = line.shift();
      lines.delete(uploader);
      if (line.length > 0) lines.set(uploader, line);
      all.delete(sponsor);
      if (lines.size > 0) all.set(sponsor, lines);
      return taken;
    }
  }
  return undefined;
}

function namesOf({ sponsor, uploader }: Waiting): readonly [string, string] {
  return [sponsor === undefined ? '' : toHex(sponsor), toHex(uploader)];
}
