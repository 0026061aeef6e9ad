/** Members that this node has let go of for a while, because they keep another ledger. They are tried again. */
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, PeerKey } from '../../core/ports.ts';
import { Timers } from '../process/timers.ts';

export class Parted {
  readonly #timers: Timers;
  readonly #changed: () => void;

  constructor(ports: { readonly clock: Clock; changed(): void }) {
    this.#timers = new Timers(ports.clock);
    this.#changed = () => ports.changed();
  }

  has(peer: PeerKey): boolean {
    return this.#timers.has(toHex(peer));
  }

  add(peer: PeerKey): void {
    this.#timers.set(toHex(peer), limits.partedMs, this.#changed);
    this.#changed();
  }

  stop(): void {
    this.#timers.cancelAll();
  }
}
