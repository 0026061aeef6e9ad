/**
 * What went wrong with a call, by its code: the library's own (core/codes.ts), or one of those below. A newer library knows more of
 * them, and its refusal is one all the same: the sentence is the library's, and so is the code.
 */
import type * as z from 'zod/mini';
import { problem } from '../api/problem.ts';
import type { Code } from '../core/codes.ts';
import type { UnixMs } from '../core/scalars.ts';

export type ClientErrorCode =
  | Code
  /** No answer came. */
  | 'client.unreachable'
  /** An answer came that no library of this protocol gives. */
  | 'client.unreadable'
  /** What was answered is not what the signatures of the federation show, or is too old. */
  | 'client.unproved'
  | (string & Record<never, never>);

/** What a library says beside the code (api/problem.ts). Older libraries say less. */
type Hints = Pick<z.output<typeof problem>, 'field' | 'want' | 'nearest' | 'text' | 'retryable' | 'request'>;
type Options = ErrorOptions & {
  readonly status?: number;
  readonly facts?: Readonly<Record<string, number>>;
  readonly hints?: Hints;
};

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;
  /** Of HTTP; undefined when no answer came. */
  readonly status: number | undefined;
  /** Numbers of a problem document that say what would be right. */
  readonly facts: Readonly<Record<string, number>>;

  /** The field that is wrong, what it should be in words, and the known name that is nearest to one that is not known. */
  readonly field: string | undefined;
  readonly want: string | undefined;
  readonly nearest: string | undefined;
  /** Of `signature.wrong`: what the key signs, by the word of the library. Compare it; never sign what a library shows. */
  readonly text: string | undefined;
  /** Can the same request be answered later? An older library does not say. */
  readonly retryable: boolean | undefined;
  /** Tell it to the operator: it stands in the log of the library. */
  readonly request: string | undefined;

  constructor(code: ClientErrorCode, message: string, options: Options = {}) {
    super(message, options);
    this.code = code;
    this.status = options.status;
    this.facts = options.facts ?? {};
    const { field, want, nearest, text, retryable, request } = options.hints ?? {};
    this.field = field;
    this.want = want;
    this.nearest = nearest;
    this.text = text;
    this.retryable = retryable;
    this.request = request;
  }

  /** After so many milliseconds it is worth while to ask again. */
  get afterMs(): number | undefined {
    const { after_ms, retry_after } = this.facts;
    return after_ms ?? (retry_after === undefined ? undefined : Math.ceil(1_000 * retry_after));
  }

  /** Of `download.not-enough-tokens`: bytes that a purchase lacked. */
  get missing(): number | undefined {
    return this.facts.missing;
  }

  /** Of the same: from when on the card of the reader will be enough, in milliseconds since 1970; undefined: it never will. */
  get enoughAt(): UnixMs | undefined {
    return this.facts.enough_at;
  }

  /** Of `events.pruned`: height of the oldest block that is kept. */
  get oldest(): number | undefined {
    return this.facts.oldest;
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

/** @param body - of an answer that is not a success: a problem document (RFC 9457). */
export function errorOf(status: number, body: unknown): ClientError {
  const read = problem.safeParse(body);
  if (!read.success || !CODE.test(read.data.type)) {
    return new ClientError('client.unreadable', 'The answer is not one of a library.', { status });
  }
  const { type, title, detail, ...hints } = read.data;
  const facts: Record<string, number> = {};
  for (const [name, value] of Object.entries(hints)) {
    if (typeof value === 'number' && Number.isSafeInteger(value)) facts[name] = value;
  }
  const message = title + (detail === undefined ? '' : ` ${detail}`);
  return new ClientError(type, message, { status, facts, hints });
}
const CODE = /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/;
