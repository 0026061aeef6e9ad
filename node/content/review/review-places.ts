/**
 * Places of what other libraries have sponsored and this one reviews: a thousand, of one library ninety. When all are taken, each
 * library has still its equal part of a thousand, so that what a few of them bring keeps nobody's files out.
 */
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { PublicKey32 } from '../../../core/scalars.ts';

export class ReviewPlaces {
  /** How many libraries there are. */
  readonly #members: () => number;
  /** How many are taken, by sponsor in hex, and by sponsor and uploader. */
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor(members: () => number) {
    this.#members = members;
  }

  get taken(): number {
    return this.#all;
  }

  /** @param uploader - who has brought it to that library: half of its places one may have, and few of the other half. */
  hasRoom(sponsor: PublicKey32, uploader: PublicKey32): boolean {
    const own = this.#taken.get(toHex(sponsor)) ?? 0;
    if (own >= limits.reviewsPerSponsorMax) return false;
    const ofUploader = this.#taken.get(uploaderName(sponsor, uploader)) ?? 0;
    const isCrowded = own >= limits.reviewsPerSponsorMax / 2;
    if (ofUploader >= (isCrowded ? limits.reviewsPerUploaderCrowdedMax : limits.reviewsPerUploaderMax))
      return false;
    if (this.#all < limits.reviewsWaitingMax) return true;
    // Who was a member when they were taken may be none: so twice as many is the end in any case.
    const part = Math.floor(limits.reviewsWaitingMax / Math.max(1, this.#members()));
    return own < part && this.#all < 2 * limits.reviewsWaitingMax;
  }

  /** @param uploader - older programs have not written it. */
  count(sponsor: PublicKey32, uploader: PublicKey32 | undefined, change: 1 | -1): void {
    const names = [toHex(sponsor), ...(uploader === undefined ? [] : [uploaderName(sponsor, uploader)])];
    for (const name of names) {
      const own = (this.#taken.get(name) ?? 0) + change;
      if (own === 0) this.#taken.delete(name);
      else this.#taken.set(name, own);
    }
    this.#all += change;
  }
}

function uploaderName(sponsor: PublicKey32, uploader: PublicKey32): string {
  return `${toHex(sponsor)} ${toHex(uploader)}`;
}
