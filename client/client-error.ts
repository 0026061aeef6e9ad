/** What went wrong with a call, by its code: the library's own (core/codes.ts), or one of those below. */
import { CODES, type Code } from '../core/codes.ts';
import type { UnixMs } from '../core/scalars.ts';

export type ClientErrorCode =
  | Code
  /** No answer came. */
  | 'client.unreachable'
  /** An answer came that no library of this protocol gives. */
  | 'client.unreadable'
  /** What was answered is not what the signatures of the federation show, or is too old. */
  | 'client.unproved';

type Options = ErrorOptions & { readonly status?: number; readonly facts?: Readonly<Record<string, number>> };

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** Of HTTP; undefined when no answer came. */
  readonly status: number | undefined;
  /** Numbers of a problem document that say what would be right. */
  readonly facts: Readonly<Record<string, number>>;

  constructor(code: ClientErrorCode, message: string, options: Options = {}) {
    super(message, options);
    this.code = code;
    this.status = options.status;
    this.facts = options.facts ?? {};
  }

  /** Of `download.not-enough-tokens`: bytes that a purchase lacked. */
  get missing(): number | undefined {
    return this.facts.missing;
  }

  /** Of the same: from when on the card of the reader will be enough, in milliseconds since 1970; undefined: it never will. */
  get enoughAt(): UnixMs | undefined {
    return this.facts.enough_at;
  }

  /** Of a card that is not lent now: when there is room again, as things are, in milliseconds since 1970. */
  get roomAt(): UnixMs | undefined {
    return this.facts.room_at;
  }
}

/** @throws ClientError("client.unreadable"). */
export function unreadable(what: string): never {
  throw new ClientError('client.unreadable', `The answer of the library lacks ${what}.`);
}

/** @param problem - the body of an answer that is not a success: a problem document (RFC 9457). */
export function errorOf(status: number, problem: unknown): ClientError {
  if (typeof problem === 'object' && problem !== null && 'type' in problem && isCode(problem.type)) {
    const detail = 'detail' in problem && typeof problem.detail === 'string' ? ` ${problem.detail}` : '';
    const facts: Record<string, number> = {};
    for (const [name, value] of Object.entries(problem)) {
      if (typeof value === 'number' && Number.isSafeInteger(value)) facts[name] = value;
    }
    return new ClientError(problem.type, CODES[problem.type].title + detail, { status, facts });
  }
  return new ClientError('client.unreadable', 'The answer is not one of a library.', { status });
}

function isCode(value: unknown): value is Code {
  return typeof value === 'string' && Object.hasOwn(CODES, value);
}
