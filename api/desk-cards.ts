/** What librarians do with cards at the desk of their library. Source: docs/decisions/cards.md. */
import * as z from 'zod/mini';
import { api } from '../core/limits/api.ts';
import { cards as limits } from '../core/limits/cards.ts';
import { keyText, list, whole } from './answers.ts';
import { type Call, DESK_CODES, LEDGER_CODES } from './call.ts';
import { card } from './card.ts';
import { deskSigned } from './desk.ts';
import { amount, count, publicKey, text } from './fields.ts';

/** A key. */
const CURSOR_BYTES_MAX = 64;

const reader = { reader: publicKey };
/** Nothing of whether it is used: that is the reader's affair. */
const lent = z.object({
  reader: keyText,
  /** It went to one who came without a librarian. */
  open: z.boolean(),
  allowance: amount,
  ceiling: amount,
  /** From then on it is none, unless it is renewed: milliseconds since 1970. */
  until: whole,
});

export const CARD_CALLS = {
  'card-give': {
    group: 'desk',
    summary: 'Lends a reader a card, or renews it, and registers the key where it is not.',
    who: 'desk',
    changes: true,
    cost: 2,
    fields: z.strictObject({ ...reader, ...deskSigned }),
    answer: { kind: 'json', schema: z.object({ reader: keyText, card: z.omit(card, { credit: true }) }) },
    codes: [...DESK_CODES, ...LEDGER_CODES, 'card.closed'],
  },
  'card-invite': {
    group: 'desk',
    summary: 'Makes codes of which each lends one reader a card, once: with `register` or `take-card`.',
    who: 'desk',
    changes: true,
    cost: 2,
    fields: z.strictObject({
      count: z._default(count(1, limits.cardInvitesMax), 1),
      days: z._default(count(1, api.readerCodeDaysMax), 30),
      ...deskSigned,
    }),
    answer: { kind: 'json', schema: z.object({ codes: list(z.string()) }) },
    codes: [...DESK_CODES, 'card.closed', 'card.codes-full', 'member.unknown'],
  },
  'card-list': {
    group: 'desk',
    summary: 'Lists the cards that this library lends.',
    who: 'desk',
    changes: false,
    cost: 5,
    fields: z.strictObject({
      limit: z._default(count(1, limits.cardsPageMax), limits.cardsPageDefault),
      cursor: z.optional(text(CURSOR_BYTES_MAX)),
      ...deskSigned,
    }),
    answer: { kind: 'json', schema: z.object({ cards: list(lent), next: z.nullable(z.string()) }) },
    codes: [...DESK_CODES, 'member.unknown'],
  },
  'card-withdraw': {
    group: 'desk',
    summary: 'Takes a card back; what it was lent with counts until its end all the same.',
    who: 'desk',
    changes: true,
    cost: 2,
    fields: z.strictObject({ ...reader, ...deskSigned }),
    answer: { kind: 'json', schema: z.object({ reader: keyText }) },
    codes: [...DESK_CODES, ...LEDGER_CODES],
  },
} as const satisfies Readonly<Record<string, Call>>;
