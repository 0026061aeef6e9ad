/** The arithmetic of Byzantine quorums, and whose turn it is. Why so: consensus/SPEC.md. */
import { assert } from '../core/assert.ts';
import { limits } from '../core/limits.ts';

/** How many authorities may be faulty in any way: ⌊(n−1)/3⌋. @param n - 1 … 30. */
export function faultyMax(n: number): number {
  assert(Number.isInteger(n) && n >= 1 && n <= limits.authoritiesMax, 'a federation has 1 … 30 authorities');
  return Math.floor((n - 1) / 3);
}

/** How many signatures make a certificate: n − f. 1→1, 2→2, 3→3, 4→3, 5→4, 7→5, 10→7, 30→21. */
export function quorum(n: number): number {
  const q = n - faultyMax(n);
  assert(2 * q - n > faultyMax(n), 'two quorums have an honest authority in common');
  return q;
}

/** The number of the authority that proposes in this view. @param view - 1 … */
export function leader(epoch: number, view: number, n: number): number {
  return (epoch + view) % n;
}
