/** What a library lends a reader in a history: a new card, or one that is renewed, raised, lowered or taken back. */
import type { SeededRandom } from '../sim/random.ts';
import type { Draws } from './author-draws.ts';
import type { Ledger } from './ledger.ts';
import { type Card, cardInForce, periodOf } from './ledger-cards.ts';

type Terms = Pick<Card, 'key' | 'allowance' | 'ceiling' | 'until' | 'sponsor'>;

const ALLOWANCES = [1n, 7n, 33n, 65n, 100n, 200n, 300n, 600n, 1_000n];

export function makeCard(random: SeededRandom, ledger: Ledger, draws: Draws): Terms {
  const { state } = ledger;
  // Any that there is: one that is not in force may be taken over.
  const cards = [...state.cards.keys()];
  const key = random.chance(Math.min(0.6, cards.length / 4)) ? random.pick(cards) : draws.reader(ledger);
  const held = cardInForce(state, key);
  const stays = held !== undefined && !draws.lie() && !random.chance(0.15);
  const sponsor = stays ? held.sponsor : draws.member(ledger);
  const until = periodOf(state.day) + random.pick(draws.lie() && random.chance(0.5) ? [-1, 3] : [0, 0, 1, 2]);
  const allowance = makeAllowance(random, ledger, sponsor, held?.allowance);
  return { key, allowance, ceiling: makeCeiling(random, allowance, draws), until, sponsor };
}

function makeAllowance(
  random: SeededRandom,
  { state }: Ledger,
  sponsor: string,
  before: bigint | undefined,
): bigint {
  const draw = random.next();
  const lent = [...(state.lent.get(sponsor)?.values() ?? [])].reduce((sum, part) => sum + part, 0n);
  const left = BigInt(state.parameters.cardBytesPerNodePerDay) - lent;
  if (draw < (before === undefined ? 0.03 : 0.15)) return 0n;
  if (before !== undefined && draw < 0.75)
    return random.pick([before, before / 2n, before * 2n, before + 1n]);
  if (draw > 0.9 && left > 0n) return left + random.pick([0n, 1n]);
  const fitting = ALLOWANCES.filter((allowance) => allowance <= left);
  return random.pick(fitting.length === 0 || random.chance(0.1) ? ALLOWANCES : fitting);
}

function makeCeiling(random: SeededRandom, allowance: bigint, draws: Draws): bigint {
  if (draws.lie() && random.chance(0.5))
    return random.pick([0n, allowance === 0n ? 1n : allowance - 1n, 90n * allowance + 1n]);
  return allowance * random.pick([1n, 2n, 10n, 30n, 90n]);
}
