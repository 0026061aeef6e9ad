/** What this library signs as a member, it does not sign while another process does so with the same key. */
import { type CheckedTransaction, signerOf, sponsorOf } from '../../chain/transaction/signing.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { reject, type Verdict } from '../../core/verdict.ts';
import type { Final, Submission } from './submission.ts';

/** @returns the way into the pool; reject("node.twin") for what stands under `key`, as long as `isTwin`. */
export function enterUnlessTwin(
  submission: Submission,
  key: PublicKey32,
  isTwin: () => boolean,
): (checked: CheckedTransaction) => Promise<Verdict<Final>> {
  return async (checked) => {
    const { transaction } = checked;
    const isOurs = equalBytes(sponsorOf(transaction) ?? signerOf(transaction), key);
    return isTwin() && isOurs ? reject('node.twin') : submission.enter(checked);
  };
}
