/** When something of a state ends, so that histories can come to its last moment. */
import type { Ledger } from './ledger.ts';
import { periodOf } from './ledger-cards.ts';
import {
  CLOSED_SALE_LIFE_MS,
  DAY_MS,
  PENDING_LIFE_MS,
  PERIOD_DAYS,
  PROPOSAL_LIFE_MS,
} from './ledger-state.ts';

export function deadlines({ state, block }: Ledger): number[] {
  return [
    (Math.floor(block.time / DAY_MS) + 1) * DAY_MS,
    periodStart(periodOf(state.day) + 1),
    ...[...state.cards.values()].slice(-2).map(({ until }) => periodStart(until + 1)),
    ...[...state.pending.values()].flatMap((uploads) =>
      [...uploads.values()].map(({ time }) => time + PENDING_LIFE_MS),
    ),
    ...[...state.proposals.values()].map(({ time }) => time + PROPOSAL_LIFE_MS),
    ...[...state.sales.values()].map(({ closed, reclaimFrom }) =>
      closed === undefined ? reclaimFrom : closed.time + CLOSED_SALE_LIFE_MS,
    ),
    ...[...state.seen.values()].slice(-3).map((expires) => expires * 1_000),
  ];
}

function periodStart(period: number): number {
  return period * PERIOD_DAYS * DAY_MS;
}
