/** What the ledger itself tells, to whoever follows it. */
import * as z from 'zod/mini';
import { limits } from '../core/limits.ts';
import { list, whole } from './answers.ts';
import { type Call, SIGNED_CODES } from './call.ts';
import { count, expires, hash, position, publicKey, signature, text } from './fields.ts';

/** All kinds that there are, joined. */
const KINDS_BYTES_MAX = 512;
/** Beyond as many as are given when nobody says how many: each is shown, and sent. */
const EVENT_COST = 0.02;

/** What else it has follows from its kind: docs/events.md. */
const event = z.looseObject({
  at: z.string(),
  /** Of its block, in milliseconds since 1970. */
  time: whole,
  kind: z.string(),
});

export const LEDGER_CALLS = {
  events: {
    group: 'ledger',
    summary:
      'Tells what final blocks have done, in order, from a place on: what everybody may know, and with a signature what is of that key.',
    who: 'either',
    changes: false,
    cost: 5,
    costMore: eventsCost,
    fields: z.strictObject({
      from: z.optional(position),
      kinds: z.optional(text(KINDS_BYTES_MAX)),
      file: z.optional(hash),
      public_key: z.optional(publicKey),
      expires: z.optional(expires),
      signed_hash: z.optional(signature),
      limit: z._default(count(1, limits.eventsPageMax), limits.eventsPageDefault),
      wait: z._default(count(0, limits.eventsWaitMs / 1_000), 0),
    }),
    answer: {
      kind: 'json',
      schema: z.object({
        events: list(event),
        /** From where to read on, also when there is nothing yet. */
        next: z.string(),
        /** Height of the last final block here: who wants what happens from now on asks from <head + 1>:0. */
        head: whole,
        /** There was no place to wait: it is worth while to ask again after so many seconds. */
        pause: z.optional(whole),
      }),
    },
    codes: [...SIGNED_CODES.filter((code) => code !== 'reader.unknown'), 'events.pruned'],
  },
} as const satisfies Readonly<Record<string, Call>>;

function eventsCost(fields: unknown): number {
  const limit = typeof fields === 'object' && fields !== null && 'limit' in fields ? Number(fields.limit) : 0;
  const more = Math.min(limit, limits.eventsPageMax) - limits.eventsPageDefault;
  return more > 0 ? more * EVENT_COST : 0;
}
