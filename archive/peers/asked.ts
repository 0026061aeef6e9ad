/**
 * What one peer has asked for, and how much of it is read for it. A block is read when the peer has taken most of what was
 * read before: what it asks for and does not take costs a few numbers, not the bytes. So each connection has a share of the
 * memory of its own, and there is no sum that some could fill for others: places are shared at the door (peer-slots.ts). What is
 * said to it besides (rejects, pieces of the metainfo) counts as well, each message with what it costs to keep. Pure.
 */
import { limits } from '../../core/limits.ts';

/** A part of a piece that a peer asks for (BEP 3). */
export type BlockRequest = { readonly index: number; readonly offset: number; readonly length: number };

/** Of bytes that wait, however few: an object, its buffer and their place in a queue, in bytes. */
const COST = 256;
/** A block is said in two parts: its head and its bytes. */
const BLOCK_COST = 2 * COST;

export class Asked {
  /** In the order in which they were asked for. */
  readonly #waiting: BlockRequest[] = [];
  /** Where each part ends that has not been taken whole, oldest first, in bytes since the beginning. */
  readonly #ends: number[] = [];
  #said: number;

  /** @param buffered - bytes that the connection has not taken yet. */
  constructor(buffered: number) {
    this.#said = buffered;
  }

  /**
   * @param reading - blocks that are being read for it.
   * @returns false: no real client asks for so many.
   */
  ask(block: BlockRequest, reading: readonly unknown[]): boolean {
    if (this.#waiting.length + reading.length >= limits.peerRequestsMax) return false;
    this.#waiting.push(block);
    return true;
  }

  /** @returns false: it does not wait. */
  cancel({ index, offset, length }: BlockRequest): boolean {
    const at = this.#waiting.findIndex(
      (one) => one.index === index && one.offset === offset && one.length === length,
    );
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** @returns the block that is to be read now; it waits no more. */
  next(buffered: number, reading: readonly { readonly length: number }[]): BlockRequest | undefined {
    if (this.#waiting.length === 0) return undefined;
    const cost = reading.reduce((sum, { length }) => sum + length + BLOCK_COST, this.#cost(buffered));
    return cost < limits.peerReadAheadBytesMax ? this.#waiting.shift() : undefined;
  }

  /** @returns all that waited, and waits no more. */
  clear(): readonly BlockRequest[] {
    return this.#waiting.splice(0);
  }

  /**
   * So many more bytes have been said to it, `buffered` of all.
   * @returns false: it leaves more than all that is read for it, and what else is said to a real client.
   */
  said(bytes: number, buffered: number): boolean {
    this.#said += bytes;
    this.#ends.push(this.#said);
    return this.#cost(buffered) <= limits.peerUntakenBytesMax;
  }

  #cost(buffered: number): number {
    const taken = this.#said - buffered;
    const first = this.#ends.findIndex((end) => end > taken);
    this.#ends.splice(0, first < 0 ? this.#ends.length : first);
    return buffered + this.#ends.length * COST;
  }
}
