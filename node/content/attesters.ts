/**
 * Which libraries fetch and attest an upload, beside the one that sponsors it: those that the hash of the file draws,
 * as many as are still wanted, and two more for each stretch of time in which that was not enough. Nobody chooses them,
 * and one upload does not make all libraries fetch. Pure.
 */
import { compareBytes, concat, equalBytes, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';

const HOME = utf8('digitallib/home/1');
const MORE = 2;

type Draw = {
  readonly members: readonly PublicKey32[];
  readonly sponsor: PublicKey32;
  /** Attestations beside the sponsor's. */
  readonly wanted: number;
  /** Since the upload stands on the ledger. */
  readonly waitedMs: number;
};

/** In the order in which they are drawn: the highest SHA-256("digitallib/home/1" ‖ file ‖ member key) first. */
export function attesters(
  file: Hash32,
  { members, sponsor, wanted, waitedMs }: Draw,
): readonly PublicKey32[] {
  if (wanted <= 0) return [];
  const more = MORE * Math.max(0, Math.floor(waitedMs / limits.attestPatienceMs));
  return members
    .filter((key) => !equalBytes(key, sponsor))
    .map((key) => ({ key, score: sha256(concat(HOME, file, key)) }))
    .sort((a, b) => compareBytes(b.score, a.score))
    .slice(0, wanted + more)
    .map(({ key }) => key);
}
