/**
 * What we think of something that came from outside. A bad message is a value, never an exception:
 * `ignore` = of no use now, nobody is to blame (a repeat, too early); `reject` = its sender is wrong.
 */
import type { Code } from './codes.ts';

export type Accept<T> = { readonly kind: 'accept'; readonly value: T };
export type Ignore = { readonly kind: 'ignore'; readonly code: Code };
export type Reject = Hints & {
  readonly kind: 'reject';
  readonly code: Code;
};
/** What api/problem.ts says of them. Never what came. */
export type Hints = {
  readonly detail?: string | undefined;
  /** For programs: what would be right. */
  readonly facts?: Readonly<Record<string, number>> | undefined;
  readonly field?: string | undefined;
  readonly want?: string | undefined;
  readonly nearest?: string | undefined;
  readonly text?: string | undefined;
};
export type Verdict<T = void> = Accept<T> | Ignore | Reject;

export function accept(): Accept<void>;
export function accept<T>(value: T): Accept<T>;
export function accept<T>(value?: T): Accept<T | undefined> {
  return { kind: 'accept', value };
}

export function ignore(code: Code): Ignore {
  return { kind: 'ignore', code };
}

/** @param detail - one sentence for the caller, or all there is to tell; never a stack, a path or a stranger's bytes. */
export function reject(code: Code, detail?: string | Hints): Reject {
  if (typeof detail === 'object') return { ...detail, kind: 'reject', code };
  return detail === undefined ? { kind: 'reject', code } : { kind: 'reject', code, detail };
}
