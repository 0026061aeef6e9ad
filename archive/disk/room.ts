/**
 * How much the archive may still take: of what the operator has given it, and of what its disk has left. A full disk
 * would stop the library, so that some of it always stays free for the ledger, whoever sends whatever.
 */
import { assert } from '../../core/assert.ts';
import { limits } from '../../core/limits.ts';

/** What takes room, and gives it back to whoever needs it. */
export type Spare = {
  readonly bytes: number;
  /** So many, or all; its `bytes` are less at once. Resolves when they are off the disk. @throws whatever the disk throws. */
  giveBack(bytes: number): Promise<void>;
};

/** The room that one file takes as its pieces come. */
export type FileRoom = {
  /** Asked before each piece is written. */
  mayWrite(bytes: number): Promise<boolean>;
  giveBack(): void;
};

export class Room {
  readonly #bytesMax: number;
  readonly #used: () => number;
  readonly #freeBytes: () => Promise<number>;
  readonly #spare: Spare;
  /** Promised to files on their way in. */
  #promised = 0;
  /** May be written before the disk is looked at again. */
  #unseen = 0;

  /** @param used - bytes of all files kept. @param freeBytes - what the disk has left. */
  constructor(bytesMax: number, used: () => number, freeBytes: () => Promise<number>, spare: Spare) {
    this.#bytesMax = bytesMax;
    this.#used = used;
    this.#freeBytes = freeBytes;
    this.#spare = spare;
  }

  /** Of what the operator has given: promises so much to a file on its way in, until `giveBack`. */
  async promise(bytes: number): Promise<boolean> {
    if (!this.holds(bytes)) return false;
    this.#promised += bytes;
    const over = this.#used() + this.#promised + this.#spare.bytes - this.#bytesMax;
    if (over > 0) await this.#spare.giveBack(over);
    return true;
  }

  giveBack(bytes: number): void {
    this.#promised -= bytes;
    assert(this.#promised >= 0, 'what is given back was promised');
  }

  /** Would a file of so many bytes have room, as things stand? */
  holds(bytes: number): boolean {
    return this.#used() + this.#promised + bytes <= this.#bytesMax;
  }

  /** For a file that comes piece by piece, from somebody who has only said how long it is. @param taken - it has so much. */
  part(taken = 0): FileRoom {
    this.#promised += taken;
    return {
      mayWrite: async (bytes) => {
        if (!this.holds(bytes)) return false;
        taken += bytes;
        await this.promise(bytes);
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
    return (await this.#leftFor(bytes)) >= bytes;
  }

  /** Asked before each piece is written. */
  async mayWrite(bytes: number): Promise<boolean> {
    if (this.#unseen < bytes) {
      this.#unseen = Math.min(await this.#leftFor(bytes), limits.diskUnseenBytesMax + bytes);
    }
    if (this.#unseen < bytes) return false;
    this.#unseen -= bytes;
    return true;
  }

  /** Of the disk, when so much is needed. */
  async #leftFor(bytes: number): Promise<number> {
    const left = (await this.#freeBytes()) - limits.diskFreeBytesMin;
    const missing = bytes - left;
    if (missing <= 0 || missing > this.#spare.bytes) return left;
    await this.#spare.giveBack(missing);
    return (await this.#freeBytes()) - limits.diskFreeBytesMin;
  }
}
