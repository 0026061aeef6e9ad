/** What the ledger itself takes and tells, whichever library is asked. */
import * as z from 'zod/mini';
import { api as limits } from '../core/limits/api.ts';
import { ledger } from '../core/limits/ledger.ts';
import { advice, hashText, keyText, list, upgrade, whole } from './answers.ts';
import { type Call, LEDGER_CODES, numberIn, SIGNED_CODES } from './call.ts';
import { toldEvent } from './event.ts';
import { base64, count, expires, hash, height, position, publicKey, signature, text } from './fields.ts';

/** All kinds that there are, joined. */
const KINDS_BYTES_MAX = 512;
/** Beyond as many as are given when nobody says how many: each is shown, and sent. */
const EVENT_COST = 0.02;

const submitted = z.object({
  id: hashText,
  /** Of the block that holds it; null when the ledger said so before. */
  height: z.nullable(whole),
  already: z.boolean(),
  advice,
});

/** Of a final block. */
const head = {
  height: whole,
  hash: hashText,
  /** Milliseconds since 1970. */
  time: whole,
  /** Counts the sets of authorities. */
  epoch: whole,
  /** DAG-CBOR, base64: SHA-256 of it is the hash (docs/proofs.md). */
  header: z.string(),
  /** Its finalization in DAG-CBOR, base64; null where the one of a later block makes it final, and for the genesis. */
  certificate: z.nullable(z.string()),
};

const transaction = {
  id: hashText,
  /** docs/ledger.md. */
  kind: z.string(),
  /** Canonical DAG-CBOR, base64. Of what concerns a reader it is shown to nobody. */
  body: z.optional(z.string()),
};

export const LEDGER_CALLS = {
  head: {
    group: 'ledger',
    summary: 'Tells the last final block, with what makes it final: what a follower begins with.',
    who: 'anybody',
    changes: false,
    cost: 0.5,
    fields: z.strictObject({}),
    answer: { kind: 'json', schema: z.object(head) },
    codes: [],
  },
  block: {
    group: 'ledger',
    summary:
      'Gives a final block by its height or its hash: header, certificate, and its transactions; bodies only of those that concern no reader.',
    who: 'anybody',
    changes: false,
    cost: 30,
    fields: z.strictObject({ height: z.optional(height), hash: z.optional(hash) }),
    answer: { kind: 'json', schema: z.object({ ...head, transactions: list(z.object(transaction)) }) },
    codes: ['block.unknown'],
  },
  transaction: {
    group: 'ledger',
    summary:
      'Tells where a final transaction stands; without `height` it is looked for in the last 100,000 blocks.',
    who: 'anybody',
    changes: false,
    cost: 20,
    fields: z.strictObject({ id: hash, height: z.optional(height) }),
    answer: {
      kind: 'json',
      schema: z.object({ ...transaction, height: whole, index: whole, block: hashText, time: whole }),
    },
    codes: ['transaction.unknown'],
  },
  authorities: {
    group: 'ledger',
    summary: 'Lists who finalises the next block, and how many of them it takes.',
    who: 'anybody',
    changes: false,
    cost: 1,
    fields: z.strictObject({}),
    answer: {
      kind: 'json',
      schema: z.object({
        /** Of the next block. */
        epoch: whole,
        /** Of the last final block. */
        height: whole,
        needed: whole,
        authorities: list(z.object({ key: keyText, name: z.nullable(z.string()) })),
      }),
    },
    codes: [],
  },
  parameters: {
    group: 'ledger',
    summary: 'Tells what the federation has agreed on, and which rules are to come.',
    who: 'anybody',
    changes: false,
    cost: 1,
    fields: z.strictObject({}),
    answer: {
      kind: 'json',
      schema: z.object({
        /** Of the last final block. */
        height: whole,
        /** Version of the rules that the next block follows. */
        rules: whole,
        parameters: z.record(z.string(), whole),
        upgrade,
      }),
    },
    codes: [],
  },
  submit: {
    group: 'ledger',
    deprecated: ['node_v1_submit'],
    summary: 'Takes a signed transaction of whatever kind, in canonical DAG-CBOR; answered once it is final.',
    who: 'transaction',
    changes: true,
    cost: 1,
    fields: z.strictObject({ transaction: base64(ledger.transactionBytesMax) }),
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
      'Proves to somebody who does not believe this library what the ledger says: of a purchase or an account to its key, of a file or the parameters to anybody.',
    who: 'either',
    changes: false,
    cost: 5,
    fields: z.strictObject({
      kind: z._default(z.enum(['purchase', 'account', 'file', 'parameters']), 'purchase'),
      hash: z.optional(hash),
      public_key: z.optional(publicKey),
      expires: z.optional(expires),
      signed_hash: z.optional(signature),
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
        events: list(toldEvent),
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
  const more = Math.min(numberIn(fields, 'limit'), limits.eventsPageMax) - limits.eventsPageDefault;
  return more > 0 ? more * EVENT_COST : 0;
}
