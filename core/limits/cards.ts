/** Cards that a library lends (node/cards/): what is looked at and done at a time. */
import { MINUTE_MS } from './units.ts';

export const cards = {
  /** Renewed if it was used in so many days. */
  cardUsedDays: 60,
  /** From so many days before the end of a period on, cards that end with it and were not reached in their turn are late. */
  cardSpareDays: 5,
  /** The list is gone through a piece at a time: 144,000 entries a day, of which 14,400 are renewed. */
  cardTickMs: 10 * MINUTE_MS,
  cardRowsPerTickMax: 1_000,
  cardRenewalsPerTickMax: 100,
  /** Invitations that are made at a time. */
  cardInvitesMax: 1_000,
  /** Entries of a page of the list. */
  cardsPageMax: 100,
  cardsPageDefault: 50,
} as const;
