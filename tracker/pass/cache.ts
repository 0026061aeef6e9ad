/**
 * Passes that have been opened, so that each signature is checked once and not at every announce. It answers
 * "who says what until when", never "may they": expiry, issuer and right are asked anew each time (tracker/gate.ts).
 * Bounded; the least recently used pass goes first.
 */
import { assert } from '../../core/assert.ts';
import type { Pass } from './pass.ts';

export class PassCache {
  readonly #max: number;
  /** In order of last use: a Map iterates as it was filled. */
  readonly #passes = new Map<string, Pass>();

  constructor(max: number) {
    assert(max > 0, 'a cache has room');
    this.#max = max;
  }

  get size(): number {
    return this.#passes.size;
  }

  get(text: string): Pass | undefined {
    const pass = this.#passes.get(text);
    if (pass === undefined) return undefined;
    this.#passes.delete(text);
    this.#passes.set(text, pass);
    return pass;
  }

  put(text: string, pass: Pass): void {
    if (this.#passes.size >= this.#max) {
      const oldest = this.#passes.keys().next();
      if (!oldest.done) this.#passes.delete(oldest.value);
    }
    this.#passes.set(text, pass);
  }

  delete(text: string): void {
    this.#passes.delete(text);
  }
}
