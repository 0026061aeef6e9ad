/** What a run has exercised, counted, so that a fault that never happens shows. */
import type { Action } from '../model/ledger-types.ts';
import { ADVERSARIES, type AdversaryName, type Plan, SIZES } from './plan.ts';

/** What authorities may decide. */
const DECIDED = [
  'add-member',
  'update-member',
  'remove-member',
  'set-authorities',
  'grant-role',
  'revoke-role',
  'set-parameters',
  'take-down',
  'restore',
  'reset-file',
  'upgrade',
] as const satisfies readonly Action['kind'][];

export const COUNTED = [
  ...SIZES.map(([size]) => `federations of ${size}` as const),
  ...ADVERSARIES.map((name) => `adversaries: ${name}` as const),
  'seeds with real signatures',
  'seeds that lose more than 30 %',
  'seeds with tempters that have no vote',
  'seeds with boasters',
  'seeds whose frames overtake',
  'blocks',
  'transactions',
  'submissions',
  'submitted again',
  'acknowledged',
  'epochs',
  ...DECIDED.map((kind) => `decided: ${kind}` as const),
  'approvals that came late',
  'proposals that expired',
  'upgrades that came into force',
  'nullifications',
  'notarizations',
  'finalizations',
  'crashes',
  'crashes in a write',
  'crashes between sends',
  'crashes at a question',
  'crashes at the mark',
  'torn writes',
  'torn marks',
  'batches lost',
  'batches kept unacknowledged',
  'restarts',
  'orderly restarts',
  'pauses',
  'slow disks',
  'full disks',
  'bad disks',
  'failed reads',
  'clock jumps',
  'clocks set back by hours',
  'clocks set ahead by hours',
  'leaps of all clocks',
  'seeds with faults of minutes',
  'quorum losses',
  'partitions: two sides',
  'partitions: one alone',
  'partitions: one way',
  'partitions: a chain',
  'partitions: a ring one way',
  'partitions: a bridge',
  'lines cut',
  'lines mended',
  'frames',
  'gossip',
  'requests',
  'messages lost',
  'messages blocked',
  'messages duplicated',
  'frames overtaken',
  'blocks by synchronisation',
  'blocks pruned',
  'states asked for',
  'joins by a state',
  'joins begun anew',
  'accusations',
  'equivocations',
  'lies: a wrong state',
  'lies: a wrong time',
  'lies: a transaction that no rule takes',
  'lies: bytes that are no block',
  'lies: a block of somebody else’s turn',
  'lies: a view to come',
  'lies: a head that nobody has',
  'lies: a vote of somebody else',
  'lies: a certificate that nobody signed',
  'lies: a state that is not so',
  'forgeries: a body pushed',
  'forgeries: another parent',
  'forgeries: a block of another view',
  'forgeries: a block that was asked for',
  'forgeries: a range',
  'forgeries: a state of another block',
  'replays',
  'bodies withheld',
  'final votes withheld',
  'hoarded: a proposal kept from one',
  'hoarded: told to one',
  'hoarded: just in time',
  'hoarded: not told',
  'hoarded: given up once notarised',
  'tempted: what is final is kept back',
  'tempted: blocks are said to be pruned',
  'tempted: a state that nobody gives',
  'tempted: no page comes',
  'boasted: a head that nobody has',
  'boasted: an old block',
  'boasted: nothing',
  'old disks restored',
  'memories lost',
  'disks lost',
  'old copies put back',
  'backups put back',
  'homes rolled back',
  'marks lost',
  'memories mended',
] as const;
export type Counted = (typeof COUNTED)[number];

export class Coverage {
  readonly #counts = new Map<Counted, number>();

  count(what: Counted, by = 1): void {
    if (by > 0) this.#counts.set(what, this.of(what) + by);
  }

  of(what: Counted): number {
    return this.#counts.get(what) ?? 0;
  }

  entries(): readonly (readonly [Counted, number])[] {
    return [...this.#counts];
  }

  addEntries(entries: readonly (readonly [Counted, number])[]): void {
    for (const [what, by] of entries) this.count(what, by);
  }
}

/** What a seed is about, before anything has happened. */
export function countPlan(coverage: Coverage, plan: Plan): void {
  const { adversaries, realSignatures, weather } = plan;
  const size = SIZES.find(([size]) => size === plan.authorities)?.[0];
  if (size !== undefined) coverage.count(`federations of ${size}`);
  for (const name of new Set<AdversaryName>(adversaries)) coverage.count(`adversaries: ${name}`);
  if (realSignatures) coverage.count('seeds with real signatures');
  if (weather.loss > 0.3) coverage.count('seeds that lose more than 30 %');
  if (plan.tempters > 0) coverage.count('seeds with tempters that have no vote');
  if (plan.boasters > 0) coverage.count('seeds with boasters');
  if (plan.stretch > 1) coverage.count('seeds with faults of minutes');
  if (weather.overtaking) coverage.count('seeds whose frames overtake');
}
