/**
 * That a transaction stands in a block: the hashes beside its path up to the transactions root (RFC 6962, section
 * 2.1). Each carries its side, and neither index nor count is told: the root does not commit to the count, so that
 * a count could be false and the path still hold.
 */
import { concat, equalBytes, isBytes } from '../core/bytes.ts';
import { LEAF, merkleRoot, NODE, sha256 } from '../core/hash.ts';
import { limits } from '../core/limits.ts';
import { HASH_BYTES, type Hash32 } from '../core/scalars.ts';
import { finish, type Steps } from '../core/steps.ts';

/** Leaf first. */
export type Inclusion = readonly Beside[];
type Beside = {
  /** Does it stand on the left of the path? */
  readonly left: boolean;
  readonly hash: Hash32;
};

/** Of a block that is as full as it can be: the logarithm, rounded up. */
const STEPS_MAX = 32 - Math.clz32(limits.blockTransactionsMax - 1);

/** @param ids - of the block's transactions, in order. @param index - of ours among them. */
export function proveInclusion(ids: readonly Hash32[], index: number): Inclusion {
  return finish(inclusionSteps(ids, index));
}

/** The same, a part of the tree at a time: that of a full block takes tens of milliseconds. */
export function* inclusionSteps(ids: readonly Hash32[], index: number): Steps<Inclusion> {
  const steps: Beside[] = [];
  let from = 0;
  let to = ids.length;
  while (to - from > 1) {
    const split = from + largestPowerBelow(to - from);
    const left = index >= split;
    const beside = left ? ids.slice(from, split) : ids.slice(split, to);
    steps.push({ left, hash: yield* rootSteps(beside) });
    if (left) from = split;
    else to = split;
  }
  return steps.reverse();
}

/** `merkleRoot`, in parts of so many leaves. */
function* rootSteps(ids: readonly Hash32[]): Steps<Hash32> {
  if (ids.length <= STEP_LEAVES) {
    yield;
    return merkleRoot(ids);
  }
  const split = largestPowerBelow(ids.length);
  const left = yield* rootSteps(ids.slice(0, split));
  return sha256(concat(NODE, left, yield* rootSteps(ids.slice(split))));
}
const STEP_LEAVES = 512;

/** Does the transaction stand under this root? @param id - 32 bytes. @param root - of a header that is final. */
export function verifyInclusionPath(id: Hash32, inclusion: Inclusion, root: Hash32): boolean {
  let hash = sha256(concat(LEAF, id));
  for (const { left, hash: beside } of inclusion) {
    hash = sha256(left ? concat(NODE, beside, hash) : concat(NODE, hash, beside));
  }
  return equalBytes(hash, root);
}

/** @returns undefined unless `value` is a list of pairs of a side and 32 bytes, no longer than a full block needs. */
export function parseInclusion(value: unknown): Inclusion | undefined {
  if (!Array.isArray(value) || value.length > STEPS_MAX) return undefined;
  const steps: Beside[] = [];
  for (const step of value as unknown[]) {
    if (!Array.isArray(step) || step.length !== 2) return undefined;
    const [left, hash] = step as unknown[];
    if (typeof left !== 'boolean' || !isBytes(hash, HASH_BYTES)) return undefined;
    steps.push({ left, hash });
  }
  return steps;
}

/** The largest power of two that is smaller than `count` (count ≥ 2). */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
