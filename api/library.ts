/** What readers ask a library for. */
import * as z from 'zod/mini';
import { api as limits } from '../core/limits/api.ts';
import { found, hashText, keyText, list, standing, whole } from './answers.ts';
import { BY_RULES, type Call, LEDGER_CODES, numberIn, SIGNED_CODES } from './call.ts';
import { card } from './card.ts';
import { ownEvent } from './event.ts';
import {
  amount,
  count,
  expires,
  format,
  hash,
  nonce,
  position,
  publicKey,
  signature,
  text,
  told,
} from './fields.ts';

/** Sort key of the catalogue in base64url: 63 characters. */
const CURSOR_LENGTH_MAX = 128;
const CODE_BYTES_MAX = 64;
const WORK = /^[0-9A-Za-z_-]{1,64}$/;
/** To look up, write and send one of the results of a search, beyond as many as it has when nobody says how many. */
const RESULT_COST = 0.06;

/** To show an event of a history, with the name of its file, beyond as many. */
const OWN_EVENT_COST = 0.03;

/** What every signed request for a file carries. */
const signed = { hash, signed_hash: signature, public_key: publicKey };

/** For anybody. */
const registered = z.object({ public_key: keyText, registered: z.boolean() });
/** For the key itself. */
const totals = z.object({
  public_key: keyText,
  registered: z.boolean(),
  tokens: amount,
  /** In sales that have not ended. */
  locked: amount,
  /** What its files may yet earn, as others read them. Older libraries do not say. */
  pending: z.optional(amount),
  /** With which it reads before it pays with tokens; null without one that is in force. Older libraries do not say. */
  card: z.optional(z.nullable(card)),
  uploaded: amount,
  downloaded: amount,
  /** Uploaded by downloaded; null before the first download. */
  ratio: z.nullable(z.number()),
});

export const LIBRARY_CALLS = {
  register: {
    group: 'library',
    summary: 'Puts a key on the ledger; answered once that is final. Asking twice does no harm.',
    who: 'anybody',
    changes: true,
    cost: 1,
    fields: z.strictObject({
      public_key: publicKey,
      /** It stands between colons in the text whose hash begins with zeros. */
      work: z.optional(told(z.string().check(z.regex(WORK)), 'a word of at most 64 letters and digits')),
      code: z.optional(text(CODE_BYTES_MAX)),
    }),
    answer: {
      kind: 'json',
      schema: z.object({
        registered: z.boolean(),
        /** One that was lent with the registration. */
        card: z.optional(card),
        /** Where this library lends cards to whoever comes, and lent none now: why, by its code. */
        no_card: z.optional(z.string()),
        /** When there is room again, as things are: milliseconds since 1970. */
        room_at: z.optional(whole),
      }),
    },
    codes: [...LEDGER_CODES, 'key.unacceptable'],
  },
  'take-card': {
    group: 'library',
    summary:
      'Lends a registered key a card: with a code of the librarian, or without where whoever comes has one.',
    who: 'key',
    changes: true,
    cost: 1,
    fields: z.strictObject({
      public_key: publicKey,
      code: z.optional(text(CODE_BYTES_MAX)),
      expires,
      signed_hash: signature,
    }),
    answer: { kind: 'json', schema: z.object({ card }) },
    codes: [
      ...LEDGER_CODES,
      'request.expired',
      'request.expires-too-far',
      'key.unacceptable',
      'signature.wrong',
      'card.closed',
      'card.code-needed',
      'card.network-had',
      'card.open-full',
    ],
  },
  search: {
    group: 'library',
    summary:
      'Finds files by the words of their names: the best match first, or for an empty query the newest first.',
    who: 'anybody',
    changes: false,
    cost: 5,
    costMore: resultsCost,
    fields: z.strictObject({
      query: text(limits.searchQueryBytesMax),
      limit: z._default(count(1, limits.searchResultsMax), limits.searchResultsDefault),
      cursor: z.optional(text(CURSOR_LENGTH_MAX)),
    }),
    answer: { kind: 'page', item: z.object(found) },
    codes: ['search.too-many', 'search.too-slow'],
  },
  download: {
    group: 'library',
    summary: 'Buys a file, once, and gives the torrent with the pass of this key.',
    who: 'key',
    changes: true,
    cost: 1,
    fields: z.strictObject({ ...signed, expires: z.optional(expires), format }),
    answer: { kind: 'torrent' },
    codes: [...SIGNED_CODES, ...LEDGER_CODES, 'request.sign-fetch', 'torrent.unknown'],
  },
  upload: {
    group: 'library',
    summary:
      'Gives the library a file, or a torrent of it, in a form; without either, signs once more what it has.',
    who: 'key',
    changes: true,
    cost: 2,
    fields: z.strictObject({
      ...signed,
      expires: z.optional(expires),
      size: z.optional(amount),
      /** Whether it is allowed is a rule of the chain. */
      name: z.optional(z.string()),
      format,
    }),
    answer: { kind: 'torrent', underWay: standing },
    codes: [
      ...SIGNED_CODES,
      ...LEDGER_CODES,
      'request.sign-fetch',
      'torrent.unknown',
      'torrent.malformed',
      'torrent.wrong',
      'archive.full',
      'archive.busy',
    ],
  },
  'upload-begin': {
    group: 'library',
    summary:
      'Begins an upload that may be broken off and gone on with (tus 1.0.0), or tells how far the one that was begun has come.',
    who: 'key',
    changes: true,
    cost: 2,
    fields: z.strictObject({ ...signed, expires, size: amount, name: z.string() }),
    answer: {
      kind: 'json',
      schema: z.object({
        /** From the address of the library on. Whoever knows it may go on with the upload, and end it. */
        url: z.string(),
        offset: amount,
        /** When it is forgotten, unless more of it comes: seconds since 1970. */
        until: whole,
      }),
    },
    codes: [...SIGNED_CODES, BY_RULES, 'request.sign-fetch', 'archive.full', 'review.full'],
  },
  fetch: {
    group: 'library',
    summary: 'Gives the torrent of what this key has bought or uploaded, or brings to this library.',
    who: 'key',
    changes: false,
    cost: 1,
    fields: z.strictObject({ ...signed, expires, format }),
    answer: { kind: 'torrent', underWay: standing },
    codes: [...SIGNED_CODES, 'file.taken-down', 'file.unknown', 'right.missing', 'torrent.unknown'],
  },
  'upload-state': {
    group: 'library',
    summary: 'Tells how an upload stands, to the key that brings or has brought it to this library.',
    who: 'key',
    changes: false,
    cost: 0.5,
    fields: z.strictObject({ ...signed, expires }),
    answer: { kind: 'json', schema: standing },
    codes: [...SIGNED_CODES, 'upload.unknown'],
  },
  account: {
    group: 'library',
    summary: 'Tells whether a key is registered; with its signature, what it has.',
    who: 'either',
    changes: false,
    cost: 0.5,
    fields: z.strictObject({
      public_key: publicKey,
      expires: z.optional(expires),
      signed_hash: z.optional(signature),
    }),
    answer: { kind: 'json', schema: z.union([totals, registered]) }, // the longer one first, or it would be cut
    codes: ['request.expired', 'request.expires-too-far', 'key.unacceptable', 'signature.wrong'],
  },
  history: {
    group: 'library',
    summary: 'Tells a key what happened to it, the newest first.',
    who: 'key',
    changes: false,
    cost: 2,
    costMore: historyCost,
    fields: z.strictObject({
      public_key: publicKey,
      cursor: z.optional(position),
      limit: z._default(count(1, limits.historyPageMax), limits.historyPageDefault),
      expires,
      signed_hash: signature,
    }),
    answer: {
      kind: 'json',
      schema: z.object({
        items: list(ownEvent),
        /** For the next page; null at the end. */
        cursor: z.nullable(z.string()),
        /** The first block of which this library keeps what it did: of what was before nothing is told. */
        begins: whole,
      }),
    },
    codes: [
      'request.expired',
      'request.expires-too-far',
      'key.unacceptable',
      'signature.wrong',
      'history.building',
    ],
  },
  transfer: {
    group: 'library',
    summary:
      'Moves tokens to another registered key; answered once that is final. Asked for again, it tells where it stands.',
    who: 'key',
    changes: true,
    cost: 1,
    fields: z.strictObject({
      to: publicKey,
      amount,
      public_key: publicKey,
      nonce,
      expires,
      signed_hash: signature,
    }),
    answer: {
      kind: 'json',
      schema: z.object({
        /** Of the transaction. */
        id: hashText,
        /** Of the block that holds it; null when it is the ledger's, and this library does not know where. */
        height: z.nullable(whole),
      }),
    },
    codes: [
      ...LEDGER_CODES,
      'request.expired',
      'request.expires-too-far',
      'key.unacceptable',
      'signature.wrong',
    ],
  },
  file: {
    group: 'library',
    summary: 'Tells what the ledger knows of an available file, and how many are in its swarm here.',
    who: 'anybody',
    changes: false,
    cost: 0.5,
    fields: z.strictObject({ hash }),
    inPath: 'hash',
    answer: {
      kind: 'json',
      schema: z.object({ ...found, name_signed_by: z.enum(['reader', 'library']), height: whole }),
    },
    codes: ['file.taken-down', 'file.unknown', 'file.not-available'],
  },
} as const satisfies Readonly<Record<string, Call>>;

function historyCost(fields: unknown): number {
  const events = Math.min(numberIn(fields, 'limit'), limits.historyPageMax);
  return events > limits.historyPageDefault ? (events - limits.historyPageDefault) * OWN_EVENT_COST : 0;
}

function resultsCost(fields: unknown): number {
  const results = Math.min(numberIn(fields, 'limit'), limits.searchResultsMax);
  return results > limits.searchResultsDefault ? (results - limits.searchResultsDefault) * RESULT_COST : 0;
}
