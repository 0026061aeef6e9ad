/**
 * What the state says about cards: of each key the one that it was lent last, and of each member what it has lent. Allowances
 * gather without anybody counting days: the entry has the credit of one day, and who reads it adds the days since then. No
 * rule lives here.
 */
import { assert } from '../../core/assert.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import type { PublicKey32, Tokens } from '../../core/scalars.ts';
import { isMember, parameters } from '../federation/federation.ts';
import { periodOf } from '../state/day.ts';
import * as keys from '../state/keys.ts';
import type { Draft, Integer, StateView } from '../state/state.ts';
import { saltOf, saltThere } from './account.ts';

export type Card = {
  /** The member that lends. */
  readonly sponsor: PublicKey32;
  /** Bytes a day. */
  readonly allowance: Tokens;
  /** What gathers at most. */
  readonly ceiling: Tokens;
  /** The last period in which it is in force. */
  readonly until: number;
  /** Bytes that it has on `day`. */
  readonly credit: Tokens;
  /** Since 1970. */
  readonly day: number;
};

/** As it is on this day, in force or not: the credit is that of the day. */
export function cardOf(view: StateView, key: PublicKey32, day: number): Card | undefined {
  const salt = saltOf(view, key);
  const bytes = salt && view.get(keys.cardKey(key, salt));
  if (bytes === undefined) return undefined;
  const [sponsor, allowance, ceiling, until, credit, written] = decodeOwn<Stored>(bytes);
  const gathered = BigInt(credit) + BigInt(allowance) * BigInt(day - written);
  const most = BigInt(ceiling);
  return {
    ...{ sponsor, allowance: BigInt(allowance), ceiling: most, until, day },
    credit: gathered < most ? gathered : most,
  };
}

/** @returns undefined unless the key has a card that is in force: cards are lent here, its sponsor is a member, its end has not come. */
export function cardInForce(view: StateView, key: PublicKey32, day: number): Card | undefined {
  const card = cardOf(view, key, day);
  if (card === undefined || isOver(card, day) || !isMember(view, card.sponsor)) return undefined;
  if (parameters(view).cardBytesPerNodePerDay === 0) return undefined;
  return card;
}

/** Has its last period ended? */
export function isOver({ until }: Pick<Card, 'until'>, day: number): boolean {
  return periodOf(day) > until;
}

type Stored = [
  sponsor: PublicKey32,
  allowance: Integer,
  ceiling: Integer,
  until: number,
  credit: Integer,
  day: number,
];

/** @param key - of an account. */
export function putCard(draft: Draft, key: PublicKey32, card: Card): void {
  const { sponsor, allowance, ceiling, until, credit, day } = card;
  assert(credit >= 0n && credit <= ceiling, 'a card has neither less than nothing nor more than its ceiling');
  draft.put(
    keys.cardKey(key, saltThere(draft, key)),
    encode([sponsor, allowance, ceiling, until, credit, day]),
  );
}

/** @param key - of an account. */
export function deleteCard(draft: Draft, key: PublicKey32): void {
  draft.delete(keys.cardKey(key, saltThere(draft, key)));
}

/** Sums of allowances by the period in which their cards end: ascending, none of 0, three at most. */
export type Lent = readonly (readonly [period: number, sum: Tokens])[];

/** @param period - of now: what has ended before it is lent no more. */
export function lentBy(view: StateView, node: PublicKey32, period: number): Lent {
  const bytes = view.get(keys.lentKey(node));
  if (bytes === undefined) return [];
  return decodeOwn<[number, Integer][]>(bytes)
    .filter(([until]) => until >= period)
    .map(([until, sum]) => [until, BigInt(sum)]);
}

/** An entry that says nothing goes. */
export function putLent(draft: Draft, node: PublicKey32, lent: Lent): void {
  assert(
    lent.every(([, sum]) => sum > 0n),
    'nobody has lent less than nothing',
  );
  if (lent.length === 0) draft.delete(keys.lentKey(node));
  else draft.put(keys.lentKey(node), encode(lent.map(([period, sum]) => [period, sum])));
}

/** All that is lent together: what the cap of a member bounds. */
export function sumOf(lent: Lent): Tokens {
  return lent.reduce((sum, [, one]) => sum + one, 0n);
}
