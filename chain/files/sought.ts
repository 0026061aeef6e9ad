/**
 * What somebody may want to have proved of the state, and the proofs of it, one behind the other: where an entry of a
 * person lies is told by another, the salt of the account. A proof for the one key that knows it holds both.
 */
import type { Bytes } from '../../core/bytes.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { accountKey, cardKey, figuresKey, fileKey, PARAMETERS, purchaseKey } from '../state/keys.ts';
import { type Proof, type Provable, prove, verifyProof } from '../state/proof.ts';

export type Sought = {
  readonly key: Bytes;
  /** The keys of what is sought, if it lies behind the value of the first; where that is absent, so are these. */
  readonly behind?: (value: Bytes) => readonly Bytes[];
};

/** The most proofs that one question takes. */
export const SOUGHT_PROOFS_MAX = 3;

/** Has the key bought the file? The salt that the proof shows opens whatever is that key's: for its eyes only. */
export function soughtPurchase(hash: Hash32, key: PublicKey32): Sought {
  return { key: accountKey(key), behind: (salt) => [purchaseKey(hash, key, salt)] };
}

/** What does the key have, and which card was it lent last? For its eyes only, as above. */
export function soughtAccount(key: PublicKey32): Sought {
  return { key: accountKey(key), behind: (salt) => [figuresKey(key, salt), cardKey(key, salt)] };
}

/** Is the file available, and what is it? For anybody. */
export function soughtFile(hash: Hash32): Sought {
  return { key: fileKey(hash) };
}

/** What has the federation agreed on? For anybody. */
export function soughtParameters(): Sought {
  return { key: PARAMETERS };
}

/** @returns 1 … SOUGHT_PROOFS_MAX, all against the same root. */
export function proveSought(state: Provable, { key, behind }: Sought): readonly Proof[] {
  const first = prove(state, key);
  if (behind === undefined || first.value === undefined) return [first];
  return [first, ...behind(first.value).map((one) => prove(state, one))];
}

/** What a root says of what is sought, entry by entry: those behind an absent one are not in it. */
export type Found = readonly { readonly key: Bytes; readonly value: Bytes | undefined }[];

/** As `verifyProof`, for each entry. Not one proof too many. */
export function verifySought(
  root: Hash32,
  { key, behind }: Sought,
  [first, ...more]: readonly Proof[],
): Verdict<Found> {
  if (first === undefined) return reject('proof.wrong', 'another number of proofs');
  const entry = verifyProof(root, key, first);
  if (entry.kind !== 'accept') return entry;
  const { value } = entry.value;
  const keys = behind === undefined || value === undefined ? [] : behind(value);
  if (keys.length !== more.length) return reject('proof.wrong', 'another number of proofs');
  const found: { key: Bytes; value: Bytes | undefined }[] = [{ key, value }];
  for (const [index, one] of keys.entries()) {
    const next = verifyProof(root, one, more[index]!);
    if (next.kind !== 'accept') return next;
    found.push({ key: one, value: next.value.value });
  }
  return accept(found);
}
