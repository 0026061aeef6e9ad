/** What went wrong with a call, by its code: the library's own (core/codes.ts), or one of the two below. */
import { CODES, type Code } from '../core/codes.ts';

export type ClientErrorCode =
  | Code
  /** No answer came. */
  | 'client.unreachable'
  /** An answer came that no library of this protocol gives. */
  | 'client.unreadable';

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** Of HTTP; undefined when no answer came. */
  readonly status: number | undefined;

  constructor(code: ClientErrorCode, message: string, options: ErrorOptions & { status?: number } = {}) {
    super(message, options);
    this.code = code;
    this.status = options.status;
  }
}

/** @param problem - the body of an answer that is not a success: a problem document (RFC 9457). */
export function errorOf(status: number, problem: unknown): ClientError {
  if (typeof problem === 'object' && problem !== null && 'type' in problem && isCode(problem.type)) {
    const detail = 'detail' in problem && typeof problem.detail === 'string' ? ` ${problem.detail}` : '';
    return new ClientError(problem.type, CODES[problem.type].title + detail, { status });
  }
  return new ClientError('client.unreadable', 'The answer is not one of a library.', { status });
}

function isCode(value: unknown): value is Code {
  return typeof value === 'string' && Object.hasOwn(CODES, value);
}
