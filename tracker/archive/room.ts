/**
 * How much the archive may still take: of what the operator has given it, and of what its disk has left. A full disk
 * would stop the library, so that some of it always stays free for the ledger, whoever sends whatever.
 */
import { limits } from '../../core/limits.ts';

export class Room {
  readonly #bytesMax: number;
  readonly #used: () => number;
  readonly #freeBytes: () => Promise<number>;
  /** Promised to files on their way in. */
  #promised = 0;
  /** May be written before the disk is looked at again. */
  #unseen = 0;

  /** @param used - bytes of all files kept. @param freeBytes - what the disk has left. */
  constructor(bytesMax: number, used: () => number, freeBytes: () => Promise<number>) {
    this.#bytesMax = bytesMax;
    this.#used = used;
    this.#freeBytes = freeBytes;
  }

  /** Of what the operator has given: promises so much to a file on its way in, until `giveBack`. */
  promise(bytes: number): boolean {
    if (this.#used() + this.#promised + bytes > this.#bytesMax) return false;
    this.#promised += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#promised -= bytes;
  }

  /** Would the disk take so much now? */
  async fits(bytes: number): Promise<boolean> {
    return (await this.#freeBytes()) - bytes >= limits.diskFreeBytesMin;
  }

  /** Asked before each piece is written. */
  async mayWrite(bytes: number): Promise<boolean> {
    if (this.#unseen < bytes) {
      const left = (await this.#freeBytes()) - limits.diskFreeBytesMin;
      this.#unseen = Math.min(left, limits.diskUnseenBytesMax + bytes);
    }
    if (this.#unseen < bytes) return false;
    this.#unseen -= bytes;
    return true;
  }
}
