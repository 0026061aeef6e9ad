/**
 * A code as a problem document (RFC 9457). Never a stack, a path, a library's message or a stranger's bytes:
 * everything in it stands in core/codes.ts or was written by us.
 */
import type * as z from 'zod/mini';
import { type problem as form, isRetryable, statusOf } from '../api/problem.ts';
import { CODES, type Code } from '../core/codes.ts';
import type { Hints } from '../core/verdict.ts';

export type Problem = Hints & { readonly code: Code };
export type ProblemDocument = z.input<typeof form> & { readonly type: Code };

/** What passes by itself, within seconds: how many of them until it is worth while to ask again. */
const PASSES_SECONDS: { readonly [code in Code]?: number } = {
  'request.too-many': 1,
  'request.over-budget': 1,
  'search.too-many': 1,
  // By then one of those who upload from there may have ended; or is too slow, and loses its place.
  'upload.too-many': 2,
  'upload.locked': 2,
  'archive.busy': 2,
  'pool.full': 2,
  'pool.sponsor-full': 2,
  'proof.busy': 2,
  'history.building': 10,
};

/**
 * `retry_after`, in seconds, stands in the body as well as in the header: a page of another site may not read that one.
 * @param request - its id (request-id.ts), where it has one.
 */
export function problemDocument(problem: Problem, request?: string): ProblemDocument {
  const { code, facts, detail, field, want, nearest, text } = problem;
  const seconds = facts?.retry_after ?? PASSES_SECONDS[code];
  const told = { detail, field, want, nearest, text };
  return {
    ...(seconds !== undefined && { retry_after: seconds, after_ms: Math.ceil(1_000 * seconds) }),
    ...facts,
    type: code,
    title: CODES[code].title,
    status: statusOf(code),
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
    retryable: isRetryable(code),
    ...(request !== undefined && { request }),
  };
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
