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
};

export function problemDocument({ code, detail, facts }: Problem): ProblemDocument {
  const { status, title } = CODES[code];
  const document = { ...facts, type: code, title, status: status < 400 ? 409 : status };
  return detail === undefined ? document : { ...document, detail };
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(CODES, text);
}
