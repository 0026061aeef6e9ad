/**
 * What a card is to its reader, and when it will be enough: for the answer of a library, and for a page that says so before
 * anybody asks. What it is on the ledger: docs/ledger.md, "card".
 */
import * as z from 'zod/mini';
import { DAY_MS } from '../core/limits/units.ts';
import type { Tokens, UnixMs, UnixSeconds } from '../core/scalars.ts';
import { keyText, whole } from './answers.ts';
import { amount } from './fields.ts';

/** One that is in force. */
export const card = z.object({
  /** The library that lends it. */
  sponsor: keyText,
  /** Bytes that come with each day of UTC, and how many gather at most. */
  allowance: amount,
  ceiling: amount,
  /** Bytes that it has today. */
  credit: amount,
  /** From then on it is none, unless it is renewed: milliseconds since 1970. */
  until: whole,
});

/** @param chainId - 64 hex characters. @param key - of the reader, 64 hex. @param expires - Unix time in seconds. */
export function takeCardText(chainId: string, key: string, expires: UnixSeconds): string {
  return ['digitallib', '1', chainId, 'take-card', key, String(expires)].join(':');
}

/** What can be paid with, as the signed `account` says. */
export type Means = {
  readonly tokens: Tokens;
  readonly card:
    | {
        readonly allowance: Tokens;
        readonly ceiling: Tokens;
        readonly credit: Tokens;
        readonly until: UnixMs;
      }
    | undefined;
};

/** @returns how many bytes a file of this size costs more than there is: 0 when it can be bought. */
export function missingFor(size: Tokens, { tokens, card: lent }: Means): Tokens {
  const has = tokens + (lent?.credit ?? 0n);
  return has < size ? size - has : 0n;
}

/**
 * @param now - on the day of the credit.
 * @returns from when on a file of this size can be bought with what there is and what the card gathers, in milliseconds since
 * 1970; undefined when that is never, as things are: no card, a low ceiling, or an end that comes before.
 */
export function enoughAt(size: Tokens, means: Means, now: UnixMs): UnixMs | undefined {
  const missing = missingFor(size, means);
  if (missing === 0n) return now;
  const lent = means.card;
  if (lent === undefined || lent.allowance === 0n || lent.credit + missing > lent.ceiling) return undefined;
  const days = (missing + lent.allowance - 1n) / lent.allowance;
  const at = (BigInt(Math.floor(now / DAY_MS)) + days) * BigInt(DAY_MS);
  return at < BigInt(lent.until) ? Number(at) : undefined;
}
