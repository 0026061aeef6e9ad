/**
 * A code as a problem document (RFC 9457). Never a stack, a path, a library's message or a stranger's bytes:
 * everything in it stands in core/codes.ts or was written by us.
 */
import { CODES, type Code } from '../core/codes.ts';

type Facts = Readonly<Record<string, number>>;
export type Problem = {
  readonly code: Code;
  readonly detail?: string | undefined;
  readonly facts?: Facts | undefined;
};
export type ProblemDocument = {
  readonly type: Code;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly retry_after?: number;
};

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

/** `retry_after`, in seconds, stands in the body as well as in the header: a page of another site may not read that one. */
export function problemDocument({ code, detail, facts }: Problem): ProblemDocument {
  const { status, title } = CODES[code];
  const seconds = PASSES_SECONDS[code];
  const hint = seconds === undefined ? {} : { retry_after: seconds };
  const document = { ...hint, ...facts, type: code, title, status: status < 400 ? 409 : status };
  return detail === undefined ? document : { ...document, detail };
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
