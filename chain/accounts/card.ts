/**
 * card: a member lends a reader a daily allowance that gathers up to a ceiling (docs/ledger.md, "card"). It is not tokens:
 * nobody can move or sell it, and it is not in the supply. What a member lends together, by allowances, has a cap; what
 * it has lent counts for that cap until the end that it has promised, even if it lowers the card or takes it back, or another
 * member lends the reader more: otherwise whoever lends in turn to a hundred keys would have lent a hundred caps.
 */
import { equalBytes } from '../../core/bytes.ts';
import { least, type PublicKey32, type Tokens } from '../../core/scalars.ts';
import { accept, reject } from '../../core/verdict.ts';
import { isMember, parameters } from '../federation/federation.ts';
import { member, once, period, reader, type Transacted, tokens } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { dayOf, periodOf } from '../state/day.ts';
import { saltOf } from './account.ts';
import {
  type Card as CardEntry,
  cardInForce,
  cardOf,
  deleteCard,
  isOver,
  type Lent,
  lentBy,
  putCard,
  putLent,
  sumOf,
} from './card-entry.ts';

const fields = {
  key: reader,
  /** Bytes a day; 0 takes the card back. */
  allowance: tokens,
  /** What gathers at most: one to ninety days of the allowance. */
  ceiling: tokens,
  /** The last period in which it is in force: this one, or one of the next two. */
  until: period,
  sponsor: member,
  ...once,
};
export type Card = Transacted<'card', typeof fields>;

/** An allowance gathers for so many days at most. */
export const CEILING_DAYS_MAX = 90n;
/** A card is lent for so many periods after this one at most. */
export const PERIODS_AHEAD_MAX = 2;

/** @returns reject("member.unknown" | "reader.unknown" | "card.wrong-terms" | "card.of-another" | "card.none" | "card.node-cap"). */
const rule: Rule<Card> = (view, transaction, { time }) => {
  const { key, allowance, ceiling, until, sponsor } = transaction;
  const day = dayOf(time);
  if (!isMember(view, sponsor)) return reject('member.unknown');
  if (saltOf(view, key) === undefined) return reject('reader.unknown');
  if (!areTerms(transaction, periodOf(day))) return reject('card.wrong-terms');
  const changed = { key, sponsor, allowance, ceiling, until };
  if (allowance === 0n) {
    const there = cardOf(view, key, day);
    if (there === undefined) return reject('card.none');
    if (!isOver(there, day) && !isOf(there, sponsor)) return reject('card.of-another');
    return accept((draft) => {
      deleteCard(draft, key);
      return [{ kind: 'card-changed', ...changed }];
    });
  }
  const before = cardInForce(view, key, day);
  const own = before !== undefined && isOf(before, sponsor) ? before : undefined;
  if (before !== own && !isMore(transaction, before!)) return reject('card.of-another');
  const { cardBytesPerNodePerDay, cardStartDays } = parameters(view);
  const lent = lend(lentBy(view, sponsor, periodOf(day)), own, { allowance, until });
  if (sumOf(lent) > BigInt(cardBytesPerNodePerDay)) return reject('card.node-cap');
  const credit = before?.credit ?? BigInt(cardStartDays) * allowance;
  return accept((draft) => {
    putLent(draft, sponsor, lent);
    putCard(draft, key, { sponsor, allowance, ceiling, until, day, credit: least(credit, ceiling) });
    return [{ kind: 'card-changed', ...changed }];
  });
};

type Terms = { readonly allowance: Tokens; readonly ceiling: Tokens; readonly until: number };

function areTerms({ allowance, ceiling, until }: Terms, now: number): boolean {
  if (until < now || until > now + PERIODS_AHEAD_MAX) return false;
  if (allowance === 0n) return ceiling === 0n;
  return allowance <= ceiling && ceiling <= CEILING_DAYS_MAX * allowance;
}

function isOf(card: CardEntry, sponsor: PublicKey32): boolean {
  return equalBytes(card.sponsor, sponsor);
}

/**
 * Is a card that another member has lent outbid, and nothing of it cut? Else whoever comes first, with one byte a day, would keep
 * a reader from all other libraries.
 */
function isMore({ allowance, ceiling, until }: Terms, before: CardEntry): boolean {
  return allowance > before.allowance && ceiling >= before.ceiling && until >= before.until;
}

/** Of the member's own card of before as much moves to the new end as it goes on with; the rest counts until the old one. */
function lend(
  lent: Lent,
  before: CardEntry | undefined,
  { allowance, until }: Pick<Terms, 'allowance' | 'until'>,
): Lent {
  const sums = new Map(lent);
  const add = (period: number, more: Tokens) => sums.set(period, (sums.get(period) ?? 0n) + more);
  if (before !== undefined) add(before.until, -least(before.allowance, allowance));
  add(until, allowance);
  return [...sums].filter(([, sum]) => sum !== 0n).sort(([a], [b]) => a - b);
}

export const card = declareKind({
  kind: 'card',
  since: 1,
  fields,
  signer: 'sponsor',
  events: ['card-changed'],
  rule,
});
