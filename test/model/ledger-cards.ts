/** card, as docs/ledger.md has it: what it holds, what is signed of it, and its rule. And what a card gives on a day. */
import { type HeldCard, PERIOD_DAYS, type State } from './ledger-state.ts';
import { ACCEPT, type Once, reject, type Verdict } from './ledger-types.ts';

export type Card = Once & {
  readonly kind: 'card';
  readonly key: string;
  readonly allowance: bigint;
  readonly ceiling: bigint;
  /** A period. */
  readonly until: number;
  readonly sponsor: string;
};

export const CARDS = {
  card: {
    words: ({ key, allowance, ceiling, until, sponsor, nonce, expires }: Card) => [
      key,
      allowance,
      ceiling,
      until,
      sponsor,
      nonce,
      expires,
    ],
    judge: card,
  },
};

const PERIODS_AHEAD_MAX = 2;
const CEILING_DAYS_MAX = 90n;

function card(state: State, tx: Card): Verdict {
  const { key, allowance, ceiling, until, sponsor } = tx;
  const { cardBytesPerNodePerDay: cap, cardStartDays } = state.parameters;
  const period = periodOf(state.day);
  // 1
  if (!state.members.has(sponsor)) return reject('member.unknown');
  if (!state.accounts.has(key)) return reject('reader.unknown');
  // 2
  if (until < period || until > period + PERIODS_AHEAD_MAX) return reject('card.wrong-terms');
  if (allowance === 0n && ceiling !== 0n) return reject('card.wrong-terms');
  if (allowance !== 0n && (ceiling < allowance || ceiling > CEILING_DAYS_MAX * allowance)) {
    return reject('card.wrong-terms');
  }
  // 3
  if (allowance === 0n) {
    const any = state.cards.get(key);
    if (any === undefined) return reject('card.none');
    if (any.sponsor !== sponsor && period <= any.until) return reject('card.of-another');
    state.cards.delete(key);
    return ACCEPT;
  }
  // 4
  const held = cardInForce(state, key);
  const isOthers = held !== undefined && held.sponsor !== sponsor;
  if (isOthers && (allowance <= held.allowance || ceiling < held.ceiling || until < held.until)) {
    return reject('card.of-another');
  }
  // 5
  const kept = held === undefined || isOthers ? 0n : min(held.allowance, allowance);
  const lent = new Map(state.lent.get(sponsor));
  const sum = [...lent.values()].reduce((total, part) => total + part, 0n);
  if (sum - kept + allowance > BigInt(cap)) return reject('card.node-cap');
  // 6
  if (held !== undefined && !isOthers) lent.set(held.until, lent.get(held.until)! - kept);
  lent.set(until, (lent.get(until) ?? 0n) + allowance);
  for (const [ends, part] of lent) if (part === 0n) lent.delete(ends);
  state.lent.set(sponsor, lent);
  const credit = min(ceiling, held === undefined ? BigInt(cardStartDays) * allowance : held.credit);
  state.cards.set(key, { sponsor, allowance, ceiling, until, credit });
  return ACCEPT;
}

/** The card of a key, while it has an effect. */
export function cardInForce({ cards, members, parameters, day }: State, key: string): HeldCard | undefined {
  const held = cards.get(key);
  if (held === undefined || parameters.cardBytesPerNodePerDay === 0) return undefined;
  return members.has(held.sponsor) && periodOf(day) <= held.until ? held : undefined;
}

/**
 * A block of this day begins. Each card gets its allowance for each day since that of the last block, up to its
 * ceiling; what was lent until a period that is over is no more.
 */
export function turnToDay(state: State, day: number): void {
  for (let passed = state.day; passed < day; passed++) {
    for (const held of state.cards.values()) held.credit = min(held.ceiling, held.credit + held.allowance);
  }
  for (const sums of state.lent.values()) {
    for (const until of sums.keys()) if (until < periodOf(day)) sums.delete(until);
  }
}

export function periodOf(day: number): number {
  return Math.floor(day / PERIOD_DAYS);
}

export function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
