/** Uploads whose sponsors gave no bytes, or false ones: until when they are left alone. */
import { LRUCache } from 'lru-cache';
import type { PendingUpload } from '../../chain/files/files.ts';
import { toHex } from '../../core/bytes.ts';
import type { Clock } from '../../core/ports.ts';
import type { Hash32, UnixMs } from '../../core/scalars.ts';

const PASSED_OVER_MAX = 10_000;
type Which = Pick<PendingUpload, 'sponsor' | 'since'>;

export class PassedOver {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #until = new LRUCache<string, UnixMs>({ max: PASSED_OVER_MAX });

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** @param forMs - from now on. */
  add(hash: Hash32, upload: Which, forMs: number): void {
    this.#until.set(nameOf(hash, upload), this.#clock.now() + forMs);
  }

  delete(hash: Hash32, upload: Which): void {
    this.#until.delete(nameOf(hash, upload));
  }

  has(hash: Hash32, upload: Which): boolean {
    return this.#clock.now() < (this.#until.get(nameOf(hash, upload)) ?? 0);
  }
}

function nameOf(hash: Hash32, { sponsor, since }: Which): string {
  return `${toHex(hash)} ${toHex(sponsor)} ${since}`;
}
