/**
 * To whom this library lends cards, with which terms, and when it renews one: decisions alone. Pure. What a card is:
 * docs/ledger.md; why these bounds: docs/decisions/cards.md.
 */
import { CEILING_DAYS_MAX, PERIODS_AHEAD_MAX } from '../../chain/accounts/card.ts';
import type { Lent } from '../../chain/accounts/card-entry.ts';
import type { Parameters } from '../../chain/federation/parameters.ts';
import { PERIOD_DAYS, periodOf } from '../../chain/state/day.ts';
import type { Address } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { DAY_MS } from '../../core/limits/units.ts';
import { limits } from '../../core/limits.ts';
import type { PublicKey32, Tokens, UnixMs } from '../../core/scalars.ts';

/** `off`: nobody gets one; `desk`: whom a librarian gives one; `open`: also whoever registers here. */
export type CardMode = 'off' | 'desk' | 'open';
export type Terms = { readonly allowance: Tokens; readonly ceiling: Tokens };

/** What who comes without a librarian gets of the usual terms. */
const OPEN_PARTS = 4n;

/** A quarter. @returns undefined where nothing is left. */
export function openTerms({ allowance, ceiling }: Terms): Terms | undefined {
  const part = allowance / OPEN_PARTS;
  const most = part * CEILING_DAYS_MAX;
  const gathers = ceiling / OPEN_PARTS;
  return part === 0n ? undefined : { allowance: part, ceiling: gathers < most ? gathers : most };
}

/** Does the ledger take them? */
export function areTerms({ allowance, ceiling }: Terms): boolean {
  return allowance > 0n && allowance <= ceiling && ceiling <= CEILING_DAYS_MAX * allowance;
}

/** Nothing is worth what it is where tokens are sold and anybody can have a card: uploads earn by tokens alone there. */
export function isForDeskOnly({
  vestingPermille,
  cardReleasePermille,
}: Pick<Parameters, 'vestingPermille' | 'cardReleasePermille'>): boolean {
  return vestingPermille === 1_000 && cardReleasePermille === 0;
}

/** What open cards may have of the cap, all together. */
export function openMost(cap: number, percent: number): Tokens {
  return (BigInt(cap) * BigInt(percent)) / 100n;
}

/**
 * One hand may hold it whole: a /24 of IPv4, a /48 of IPv6. Whoever comes from nowhere is of one network, and so is whoever comes
 * from this machine.
 */
export function networkOf(from: Address | undefined): string {
  if (from === undefined) return '';
  if (isThisMachine(from)) return 'loopback';
  const ipv4 = ipv4Of(from);
  return toHex(ipv4 === undefined ? from.bytes.subarray(0, 6) : ipv4.subarray(0, 3));
}

/** Who holds the IPv4 address holds these, too: 6to4 (2002::/16, RFC 3056), NAT64 (64:ff9b::/96, RFC 6052). */
function ipv4Of({ family, bytes }: Address): Uint8Array | undefined {
  if (family === 4) return bytes;
  if (toHex(bytes.subarray(0, 2)) === '2002') return bytes.subarray(2, 6);
  return toHex(bytes.subarray(0, 12)) === NAT64 ? bytes.subarray(12) : undefined;
}

const NAT64 = '0064ff9b0000000000000000';
const LOOPBACK_V6 = '00000000000000000000000000000001';
export function isThisMachine(from: Address | undefined): boolean {
  if (from === undefined) return false;
  return from.family === 4 ? from.bytes[0] === 127 : toHex(from.bytes) === LOOPBACK_V6;
}

/** The last period of a card that is lent, or renewed, on this day. */
export function endFor(day: number): number {
  return periodOf(day) + PERIODS_AHEAD_MAX;
}

/**
 * In the last period of a card, on a day of its own: those that end together are not renewed together. So what is left
 * unused goes on as long as possible, and some days are left for one that was late.
 */
export function isDue(key: PublicKey32, until: number, day: number): boolean {
  if (periodOf(day) !== until) return false;
  const turn = ((key[0]! << 8) | key[1]!) % (PERIOD_DAYS - limits.cardSpareDays);
  return day % PERIOD_DAYS >= turn;
}

/** @param used - the day; 0: never. */
export function isInUse(used: number, day: number): boolean {
  return used > 0 && day - used <= limits.cardUsedDays;
}

/**
 * When there is room again, as things are: what has been lent counts until the end that was promised.
 * @returns undefined when there never is.
 */
export function roomAt(lent: Lent, wanted: Tokens, most: Tokens): UnixMs | undefined {
  if (wanted > most) return undefined;
  let sum = lent.reduce((all, [, one]) => all + one, 0n);
  for (const [until, one] of [...lent].sort(([a], [b]) => a - b)) {
    sum -= one;
    if (sum + wanted <= most) return (until + 1) * PERIOD_DAYS * DAY_MS;
  }
  return undefined;
}
