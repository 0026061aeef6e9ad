/**
 * Frames that wait for one peer: in order, bounded in number and in bytes. When it is full the oldest go,
 * because consensus sends again and the newest says most.
 */
import { assert } from '../core/assert.ts';
import type { Bytes } from '../core/bytes.ts';

export type OutboxBounds = { readonly framesMax: number; readonly bytesMax: number };

export class Outbox {
  readonly #bounds: OutboxBounds;
  #frames: Bytes[] = [];
  #first = 0;
  #bytes = 0;

  constructor(bounds: OutboxBounds) {
    this.#bounds = bounds;
  }

  /** @returns how many old frames were dropped for it. */
  push(frame: Bytes): number {
    this.#frames.push(frame);
    this.#bytes += frame.length;
    let dropped = 0;
    while (this.size > this.#bounds.framesMax || this.#bytes > this.#bounds.bytesMax) {
      this.#shift();
      dropped += 1;
    }
    return dropped;
  }

  /** Takes the oldest frames: as many as fit into `bytesMax`, at least one if there is one. */
  take(bytesMax: number): Bytes[] {
    const taken: Bytes[] = [];
    let bytes = 0;
    while (this.size > 0) {
      const next = this.#frames[this.#first]!;
      if (taken.length > 0 && bytes + next.length > bytesMax) break;
      bytes += next.length;
      taken.push(this.#shift());
    }
    return taken;
  }

  get size(): number {
    return this.#frames.length - this.#first;
  }

  #shift(): Bytes {
    const frame = this.#frames[this.#first]!;
    this.#first += 1;
    this.#bytes -= frame.length;
    assert(this.#bytes >= 0 && (this.size > 0 || this.#bytes === 0), 'an empty outbox holds no bytes');
    if (this.#first * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
    return frame;
  }
}
