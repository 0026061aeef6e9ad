/**
 * What somebody may want to have proved of the state, and the proofs of it, one behind the other: where an entry of a
 * person lies is told by another, the salt of the account. A proof for the one key that knows it holds both.
 */
import type { Bytes } from '../../core/bytes.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { accountKey, purchaseKey } from '../state/keys.ts';
import { type Proof, type Provable, prove, verifyProof } from '../state/proof.ts';

export type Sought = {
  readonly key: Bytes;
  /** The key of what is sought, if it lies behind the value of the first; where that is absent, so is this. */
  readonly behind?: (value: Bytes) => Bytes;
};

/** The most proofs that one question takes. */
export const SOUGHT_PROOFS_MAX = 2;

/** Has the key bought the file? The salt that the proof shows opens whatever is that key's: for its eyes only. */
export function soughtPurchase(hash: Hash32, key: PublicKey32): Sought {
  return { key: accountKey(key), behind: (salt) => purchaseKey(hash, key, salt) };
}

/** @returns 1 … SOUGHT_PROOFS_MAX, all against the same root. */
export function proveSought(state: Provable, { key, behind }: Sought): readonly Proof[] {
  const first = prove(state, key);
  if (behind === undefined || first.value === undefined) return [first];
  return [first, prove(state, behind(first.value))];
}

/** As `verifyProof`: the value of what is sought, or undefined = there is none. Not one proof too many. */
export function verifySought(
  root: Hash32,
  { key, behind }: Sought,
  [first, second, ...more]: readonly Proof[],
): Verdict<{ readonly value: Bytes | undefined }> {
  if (first === undefined || more.length > 0) return reject('proof.wrong', 'another number of proofs');
  const entry = verifyProof(root, key, first);
  if (entry.kind !== 'accept') return entry;
  const { value } = entry.value;
  const isOver = behind === undefined || value === undefined;
  if (isOver !== (second === undefined)) return reject('proof.wrong', 'another number of proofs');
  return isOver ? accept({ value }) : verifyProof(root, behind(value), second!);
}
