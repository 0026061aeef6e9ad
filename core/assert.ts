/**
 * Mistakes of ours. A failed assertion means that this program is wrong, not its input:
 * nobody catches it, and the process stops before it can do harm.
 */
export class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** @throws AssertionFailed when `fact` is false; `why` says what was taken for granted. */
export function assert(fact: boolean, why: string): asserts fact {
  if (!fact) throw new AssertionFailed(why);
}

/** The end of every switch over a closed union. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unreachable: ${JSON.stringify(value)}`);
}
