/** The card of a key as its reader is shown it. For the key itself: who has one is nobody else's business. */

import type * as z from 'zod/mini';
import type { card } from '../api/card.ts';
import { jsonAmount } from '../api/fields.ts';
import { card as cardAt } from '../chain/queries.ts';
import { PERIOD_DAYS } from '../chain/state/day.ts';
import { toHex } from '../core/bytes.ts';
import { DAY_MS } from '../core/limits/units.ts';
import type { PublicKey32, Tokens, UnixMs } from '../core/scalars.ts';
import type { RpcPorts } from './ports.ts';

export type CardOfReader = {
  readonly sponsor: PublicKey32;
  readonly allowance: Tokens;
  readonly ceiling: Tokens;
  /** Of today. */
  readonly credit: Tokens;
  /** From then on it is none. */
  readonly until: UnixMs;
};

type At = Pick<RpcPorts, 'ledger' | 'clock'>;

/** Of the next block: by it, and by nothing else, is said what a card has and when it will have more. */
export function timeOfCards({ ledger, clock }: At): UnixMs {
  return Math.max(clock.now(), ledger.head().time + 1);
}

/** As the next block will find it. @returns undefined unless it has one that is in force. */
export function cardOf(ports: At, key: PublicKey32): CardOfReader | undefined {
  const found = cardAt(ports.ledger.view(), key, timeOfCards(ports));
  return found && { ...found, until: endOf(found.until) };
}

/** When a period is over. */
export function endOf(period: number): UnixMs {
  return (period + 1) * PERIOD_DAYS * DAY_MS;
}

export function shownCard({ sponsor, until, ...amounts }: CardOfReader): z.input<typeof card> {
  const { allowance, ceiling, credit } = amounts;
  return {
    ...{ sponsor: toHex(sponsor), until },
    ...{ allowance: jsonAmount(allowance), ceiling: jsonAmount(ceiling), credit: jsonAmount(credit) },
  };
}
