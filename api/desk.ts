/**
 * What librarians do at the desk of their library: asked by HTTP with their signature (desk-text.ts), or by the operator at
 * the socket in its home, where no signature is needed. Source: docs/decisions/desk.md, docs/decisions/review.md.
 */
import * as z from 'zod/mini';
import { desk as limits } from '../core/limits/desk.ts';
import { hashText, keyText, list, markText, whole } from './answers.ts';
import { type Call, DESK_CODES } from './call.ts';
import { DESK_SIGNING } from './desk-text.ts';
import { amount, count, expires, hash, mark, nonce, publicKey, signature, text } from './fields.ts';

/** A time, a hash and a key. */
const CURSOR_BYTES_MAX = 160;

/** What each of them carries beside its own. */
export const deskSigned = { public_key: publicKey, nonce, expires, signed_hash: signature };
/** Which of those that wait. */
const which = { hash, by: z.optional(publicKey) };

/** A file that is like one that waits. */
const like = z.object({ hash: hashText, filename: z.string(), available: z.boolean() });
const waiting = z.object({
  hash: hashText,
  filename: z.string(),
  size: amount,
  /** Has a reader brought it to this library, or has another library sponsored it? */
  brought: z.boolean(),
  /** The key of that reader, or of that library. */
  by: keyText,
  /** Unix time in seconds: since when it waits, and when it leaves the queue by itself. */
  since: whole,
  until: whole,
  same_size: list(like),
  near_title: list(like),
  /** Was something with this hash declined here before, whoever brought it? As long as that is kept. */
  declined_before: z.boolean(),
  /** Of all that is shown of it up to `since`: what is decided is decided of that. */
  mark: markText,
});
const accepted = z.object({ hash: hashText, by: keyText });
/** Whose: without `by` that is of all who brought it. */
const declined = z.object({ hash: hashText, by: list(keyText) });
/** What there is to look at. */
const WHICH_CODES = [...DESK_CODES, 'review.unknown', 'review.several'] as const;
const DECIDE_CODES = [...WHICH_CODES, 'review.changed'] as const;

export const DESK_CALLS = {
  'review-list': {
    group: 'desk',
    summary: 'Lists what waits for a review here, what has waited longest first.',
    who: 'desk',
    changes: false,
    cost: 20,
    fields: z.strictObject({
      limit: z._default(count(1, limits.reviewPageMax), limits.reviewPageDefault),
      cursor: z.optional(text(CURSOR_BYTES_MAX)),
      ...deskSigned,
    }),
    answer: {
      kind: 'json',
      schema: z.object({ waiting: list(waiting), total: whole, next: z.nullable(z.string()) }),
    },
    codes: DESK_CODES,
  },
  'review-show': {
    group: 'desk',
    summary:
      'Shows one that waits for a review, or was declined, and why; to the operator also where its bytes lie.',
    who: 'desk',
    changes: false,
    cost: 5,
    fields: z.strictObject({ ...which, ...deskSigned }),
    answer: {
      kind: 'json',
      // Of what was declined: since when, and until when that is kept.
      schema: z.extend(waiting, {
        declined: z.boolean(),
        reason: z.optional(z.string()),
        path: z.optional(z.string()),
      }),
    },
    codes: WHICH_CODES,
  },
  'review-accept': {
    group: 'desk',
    summary: 'Lets what waits go on, as it was shown: the library sponsors it, or attests it.',
    who: 'desk',
    changes: true,
    cost: 2,
    fields: z.strictObject({ ...which, mark, ...deskSigned }),
    answer: { kind: 'json', schema: accepted },
    codes: [...DECIDE_CODES, 'review.lapsed'],
  },
  'review-decline': {
    group: 'desk',
    summary:
      'Keeps what waits off the ledger as far as this library goes, and deletes its bytes; without `by` for all who brought them.',
    who: 'desk',
    changes: true,
    cost: 2,
    fields: z.strictObject({
      ...which,
      mark,
      reason: z.optional(text(limits.reviewReasonBytesMax)),
      ...deskSigned,
    }),
    answer: { kind: 'json', schema: declined },
    codes: DECIDE_CODES,
  },
} as const satisfies Readonly<Record<string, Call>>;

/** As the operator asks. @param fields - of a call of the desk. */
export function withoutSignature(fields: z.ZodMiniObject): z.ZodMiniObject {
  return z.omit(fields, Object.fromEntries(DESK_SIGNING.map((name) => [name, true as const])));
}
