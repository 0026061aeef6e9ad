/** What the ledger itself takes and tells, whichever library is asked. */
import * as z from 'zod/mini';
import { limits } from '../core/limits.ts';
import { advice, hashText, list, whole } from './answers.ts';
import { type Call, LEDGER_CODES, SIGNED_CODES } from './call.ts';
import { base64, count, expires, hash, height, position, publicKey, signature, text } from './fields.ts';

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

const submitted = z.object({
  id: hashText,
  /** Of the block that holds it; null when the ledger said so before. */
  height: z.nullable(whole),
  already: z.boolean(),
  advice,
});

export const LEDGER_CALLS = {
  submit: {
    group: 'ledger',
    deprecated: ['node_v1_submit'],
    summary: 'Takes a signed transaction of whatever kind, in canonical DAG-CBOR; answered once it is final.',
    who: 'transaction',
    changes: true,
    cost: 1,
    fields: z.strictObject({ transaction: base64(limits.transactionBytesMax) }),
    answer: { kind: 'json', schema: submitted },
    codes: [
      ...LEDGER_CODES,
      'codec.too-long',
      'codec.malformed',
      'codec.not-canonical',
      'codec.wrong-shape',
      'key.unacceptable',
      'signature.wrong',
    ],
  },
  proof: {
    group: 'ledger',
    deprecated: ['library_v1_proof'],
    summary:
      'Proves to somebody who does not believe this library that this key has bought a file, or has not.',
    who: 'key',
    changes: false,
    cost: 5,
    fields: z.strictObject({
      hash,
      signed_hash: signature,
      public_key: publicKey,
      expires: z.optional(expires),
      from: z.optional(height),
    }),
    answer: { kind: 'proof' },
    codes: [...SIGNED_CODES, 'proof.unavailable', 'proof.busy'],
  },
  inclusion: {
    group: 'ledger',
    deprecated: ['library_v1_inclusion'],
    summary: 'Proves that the block at a height holds a transaction.',
    who: 'anybody',
    changes: false,
    cost: 20,
    fields: z.strictObject({ transaction: hash, height, from: z.optional(height) }),
    answer: { kind: 'proof' },
    codes: ['proof.unavailable', 'proof.busy'],
  },
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
