/**
 * How much the archive may still take: of what the operator has given it, and of what its disk has left. A full disk
 * would stop the library, so that some of it always stays free for the ledger, whoever sends whatever.
 */
import { limits } from '../../core/limits.ts';

/** The room that one file takes as its pieces come. */
export type Part = {
  /** Asked before each piece is written. */
  mayWrite(bytes: number): Promise<boolean>;
  giveBack(): void;
};

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

  /** Would a file of so many bytes have room, as things stand? */
  holds(bytes: number): boolean {
    return this.#used() + this.#promised + bytes <= this.#bytesMax;
  }

  /** For a file that comes piece by piece, from somebody who has only said how long it is. */
  part(): Part {
    let taken = 0;
    return {
      mayWrite: async (bytes) => {
        if (!this.promise(bytes)) return false;
        taken += bytes;
        return await this.mayWrite(bytes);
      },
      giveBack: () => {
        this.giveBack(taken);
        taken = 0;
      },
    };
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
