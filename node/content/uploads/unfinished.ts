/** @pure An upload that resumes, with the whole of what its reader has signed, as it is kept on the disk. */
import type { Address } from '../../../core/address.ts';
import { limits } from '../../../core/limits.ts';
import type { Hash32, PublicKey32, Signature64, UnixMs, UnixSeconds } from '../../../core/scalars.ts';
import type { Announced } from '../../../rpc/upload-ports.ts';

export type Kept = {
  readonly id: string;
  readonly hash: Hash32;
  readonly key: PublicKey32;
  readonly size: number;
  readonly name: string;
  readonly signature: Signature64;
  readonly expires: UnixSeconds;
  readonly address: string;
  readonly from: Address | null;
  readonly byPage: boolean;
  readonly paid: boolean;
  readonly offset: number;
  /** When something of it has come. */
  readonly movedMs: UnixMs;
  readonly begunMs: UnixMs;
  readonly done: boolean;
};

export const ID_BYTES = 16;
/** A day from what has come last; not because of that beyond the longest life of a claim. */
export function untilOf({ movedMs, begunMs }: Kept): UnixMs {
  return Math.min(movedMs + limits.unfinishedMs, begunMs + limits.uploadLifeMs);
}

export function claimOf({ hash, key, signature, expires, size, name }: Kept): Announced['claim'] {
  return { hash, key, signature, expires, written: { size: BigInt(size), name } };
}

export function announcedOf(kept: Kept): Announced {
  const { name, size, from, byPage } = kept;
  return { claim: claimOf(kept), name, sizeHint: size, from: from ?? undefined, byPage };
}
