/**
 * Files that wait to be fetched from other libraries. The libraries that sponsor uploads take turns, and among the uploads
 * of one library those who upload; of one uploader the smallest file is first. So whoever uploads thousands waits for
 * himself. What has lost its turn to others, because nothing came, is in queues of its own: those and the fresh ones take
 * turns as well, so that neither many that cannot be had nor many that are new keep all places. Bounded: when it is
 * full, the longest queue gives way. Pure.
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
type Queue = Waiting[];
/** By uploader, in the order of their turns. Never empty. */
type Queues = Map<string, Queue>;

/** Queues that are looked at for the longest one, those first whose turn is next: microseconds. */
const LOOKED_AT_MAX = 256;

export class FetchTurns {
  readonly #fresh = new Map<string, Queues>();
  readonly #again = new Map<string, Queues>();
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
    const queues: Queues = all.get(sponsor) ?? new Map();
    const queue = queues.get(uploader) ?? [];
    const at = queue.findLastIndex(({ size }) => size <= waiting.size) + 1;
    queue.splice(at, 0, waiting);
    queues.set(uploader, queue);
    all.set(sponsor, queues);
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
    let longest: Queue | undefined;
    let left = LOOKED_AT_MAX;
    for (const all of [this.#fresh, this.#again]) {
      for (const queues of all.values()) {
        for (const queue of queues.values()) {
          if (left-- === 0) break;
          if (queue.length > (longest?.length ?? length)) longest = queue;
        }
      }
    }
    const dropped = longest?.pop(); // it had at least two
    if (dropped !== undefined) this.#names.delete(toHex(dropped.hash));
    return dropped !== undefined;
  }
}

/** Who has had a turn goes to the end: the uploader among those of the sponsor, and the sponsor. */
function takeFrom(all: Map<string, Queues>): Waiting | undefined {
  for (const [sponsor, queues] of all) {
    for (const [uploader, queue] of queues) {
      const taken = queue.shift();
      queues.delete(uploader);
      if (queue.length > 0) queues.set(uploader, queue);
      all.delete(sponsor);
      if (queues.size > 0) all.set(sponsor, queues);
      return taken;
    }
  }
  return undefined;
}

function namesOf({ sponsor, uploader }: Waiting): readonly [string, string] {
  return [sponsor === undefined ? '' : toHex(sponsor), toHex(uploader)];
}
