/** Codes of a librarian, each for one key: it registers it, or lends it a card. */
import type { PublicKey32 } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';

export type ReaderCodes = {
  /**
   * From now on, durably, it is this key's alone: whoever was cut off comes again with it.
   * @returns undefined when it is none, is another key's, was used up, or has expired.
   */
  spend(code: string, key: PublicKey32): Promise<SpentCode | undefined>;
};

export type SpentCode = {
  /** What has become of it: accept uses it up; what may yet become final leaves it to its key; for nothing it is anybody's again. */
  settle(verdict: Verdict<unknown>): Promise<void>;
};
