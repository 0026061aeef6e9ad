/**
 * What a refusal says, by HTTP as a problem document (RFC 9457) and by JSON-RPC as `error.data`, where `type` is called
 * `code`. The node writes it (rpc/problem.ts), the SDK reads it (client/client-error.ts). Source: docs/decisions/contract.md.
 */
import * as z from 'zod/mini';
import { CODES, type Code } from '../core/codes.ts';
import { whole } from './answers.ts';

/** What is told of a refusal beside its code, where there is something to tell. Older libraries tell less. */
export const problemHints = {
  /** A sentence for people. */
  detail: z.optional(z.string()),
  /** The first wrong one, in the order of the contract. */
  field: z.optional(z.string()),
  /** What would be right, in the words of the reference. */
  want: z.optional(z.string()),
  /** The known name that is nearest to one that is not known. */
  nearest: z.optional(z.string()),
  /** Of `signature.wrong` and `request.sign-fetch`: what the key signs, as it follows from the fields that came. */
  text: z.optional(z.string()),
  /** Can the same request be answered later? */
  retryable: z.optional(z.boolean()),
  /** Then it is worth while to ask again after so many milliseconds; `retry_after` is the same in seconds. */
  after_ms: z.optional(whole),
  retry_after: z.optional(z.number()),
  /** Under which the library finds what has failed in its log. */
  request: z.optional(z.string()),
  /** Of `download.not-enough-tokens`: bytes that the purchase lacked, and when the card will have gathered them. */
  missing: z.optional(whole),
  enough_at: z.optional(whole),
  /** Of a card that is not lent now: when there is room again, in milliseconds since 1970. */
  room_at: z.optional(whole),
  /** Of `events.pruned`: the oldest block that is kept. */
  oldest: z.optional(whole),
  /** Of `register.work-needed`: zero bits, and for which hour since 1970. */
  d: z.optional(whole),
  hour: z.optional(whole),
};

export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: whole,
  ...problemHints,
});

export type Status = (typeof CODES)[Code]['status'];

/** Of HTTP. What a rule only calls of no use (`transaction.known`) is a conflict for whoever asks. */
export function statusOf(code: Code): number {
  const { status } = CODES[code];
  return status < 400 ? CONFLICT : status;
}
const CONFLICT = 409;

const INVALID_REQUEST = -32600;
const INVALID_PARAMS = -32602;
const INTERNAL = -32603;
const NOT_FOUND = -32001;
const CONFLICTS = -32003;
const NOT_ALLOWED = -32004;
const TOO_MUCH = -32005;
const NOT_NOW = -32006;

/** The `code` of a JSON-RPC error. The compiler asks for every status there is. */
export const NUMBERS: Readonly<Record<Status, number>> = {
  /** As 409. */
  200: CONFLICTS,
  400: INVALID_PARAMS,
  401: NOT_ALLOWED,
  402: CONFLICTS,
  403: NOT_ALLOWED,
  404: NOT_FOUND,
  // Said by HTTP before a message of JSON-RPC is read.
  405: INVALID_REQUEST,
  408: TOO_MUCH,
  409: CONFLICTS,
  410: NOT_FOUND,
  412: CONFLICTS,
  413: TOO_MUCH,
  415: INVALID_PARAMS,
  // A name that leads here and should not: as whatever else is not allowed.
  421: NOT_ALLOWED,
  422: INVALID_PARAMS,
  /** Two requests at one upload: as 409, but it passes. */
  423: CONFLICTS,
  429: TOO_MUCH,
  451: NOT_FOUND,
  500: INTERNAL,
  503: NOT_NOW,
  504: NOT_NOW,
  507: NOT_NOW,
};

export function rpcNumberOf(code: Code): number {
  return NUMBERS[CODES[code].status];
}

const RETRYABLE: ReadonlySet<number> = new Set([408, 423, 429, 503, 504, 507]);

export function isRetryable(code: Code): boolean {
  return RETRYABLE.has(CODES[code].status);
}
