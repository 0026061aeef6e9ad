/**
 * From a seed to everything that a run needs to be told: how large the federation is, who in it is faulty and how,
 * what the weather is like, what breaks and how often, and what readers do. Swarm testing: every seed leaves some
 * faults out, so that the others get room.
 */
import { faultyMax } from '../../consensus/quorum.ts';
import { limits } from '../../core/limits.ts';
import type { SeededRandom } from './random.ts';

export const ADVERSARIES = [
  'equivocator',
  'twins',
  'mute',
  'liar',
  'replayer',
  'withholder',
  'outdated',
  'forger',
  'hoarder',
  'tempter',
] as const;
export type AdversaryName = (typeof ADVERSARIES)[number];

/** Of the network. Probabilities 0 … 1. */
export type Weather = {
  readonly delayMs: readonly [least: number, most: number];
  readonly loss: number;
  readonly duplication: number;
  /** May a frame overtake another on the same line? */
  readonly overtaking: boolean;
};

/** Average pause between two faults of a kind; undefined = never. */
export type Faults = {
  readonly crashMs: number | undefined;
  /** Chance that a write, or a send, is where a node dies. */
  readonly crashAtWrite: number;
  readonly crashAtSend: number;
  readonly orderlyRestartMs: number | undefined;
  readonly pauseMs: number | undefined;
  readonly slowDiskMs: number | undefined;
  readonly fullDiskMs: number | undefined;
  /** A write, or a look at many rows, fails now and then. */
  readonly badDiskMs: number | undefined;
  readonly clockMs: number | undefined;
  /** A clock goes wrong by hours, most often backwards. */
  readonly hoursMs: number | undefined;
  readonly partitionMs: number | undefined;
  readonly lineMs: number | undefined;
  readonly quorumLossMs: number | undefined;
  /** When one honest authority loses its memory; undefined = never. */
  readonly forgetsMs: number | undefined;
  /** How long after that its operator decides that it shall sign with what the others hold; undefined = never. */
  readonly decidesMs: number | undefined;
  /** How often the whole home of one honest authority is rolled back, database and mark together; undefined = never. */
  readonly rollsBackMs: number | undefined;
};

/**
 * Which upgrades come into force within the run. 'confirmed': to the rules that are in force, seldom. 'known': often, to the
 * next rules as well, if this program knows them. 'unknown': often, and all stop before rules that it does not know.
 */
export type Upgrades = 'confirmed' | 'known' | 'unknown';

export type Plan = {
  readonly seed: number;
  readonly authorities: number;
  readonly observers: number;
  /** Nodes that may become members. */
  readonly strangers: number;
  /** Members without a vote that tempt others to leave their ledgers (adversaries/tempter.ts). */
  readonly tempters: number;
  /** Members without a vote that say they are far ahead (adversaries/boaster.ts). */
  readonly boasters: number;
  /** The first authorities by name are the faulty ones. */
  readonly adversaries: readonly AdversaryName[];
  readonly realSignatures: boolean;
  readonly weather: Weather;
  readonly faults: Faults;
  /** How far the clocks of two nodes may differ. */
  readonly skewMs: number;
  readonly deltaMs: number;
  readonly blockIntervalMs: number;
  readonly heartbeatMs: number;
  readonly attestations: number;
  /** How long everything may go wrong. */
  readonly faultsMs: number;
  readonly submissionMs: number;
  /** Everything takes so many times longer and is so many times rarer: 1, or faults of minutes. */
  readonly stretch: number;
  /** Once all clocks are ahead by so much, as if nobody had looked for weeks; undefined = never. */
  readonly leap: { readonly atMs: number; readonly byMs: number } | undefined;
  /** How often the authorities decide something; undefined = never. */
  readonly governanceMs: number | undefined;
  readonly upgrades: Upgrades;
  /** How many blocks long old versions of the state are kept. */
  readonly statesKept: number;
  /** Older bodies go, and whoever lacks them fetches a state; undefined = all are kept. */
  readonly blocksKept: number | undefined;
  /** Does the run end with a long look at a federation at rest? */
  readonly rests: boolean;
};

/** How many authorities, and how often. */
export const SIZES = [
  [1, 4],
  [2, 4],
  [3, 6],
  [4, 36],
  [5, 14],
  [7, 14],
  [10, 6],
  [30, 0.8],
] as const;

export function planOf(seed: number, random: SeededRandom): Plan {
  const authorities = weighted(random, SIZES);
  const large = authorities >= 10;
  const faulty = random.chance(0.5) ? random.between(0, faultyMax(authorities)) : 0;
  const often = <T>(probability: number, value: T): T | undefined =>
    random.chance(probability) ? value : undefined;
  const stormy = random.chance(0.3);
  const plan: Plan = {
    seed,
    authorities,
    observers: large ? random.below(2) : random.pick([0, 0, 1, 2]),
    adversaries: Array.from({ length: faulty }, () => random.pick(ADVERSARIES)),
    realSignatures: !large && random.chance(0.04),
    weather: {
      delayMs: [random.between(1, 10), random.pick([10, 30, 100, 400])],
      loss: stormy ? random.next() * 0.5 : random.pick([0, 0.01, 0.05]),
      duplication: random.pick([0, 0, 0.02, 0.2]),
      overtaking: random.chance(0.3),
    },
    faults: {
      crashMs: often(0.6, random.between(1_000, 8_000)),
      crashAtWrite: random.chance(0.5) ? random.next() * 0.04 : 0,
      crashAtSend: random.chance(0.3) ? random.next() * 0.01 : 0,
      orderlyRestartMs: often(0.2, 8_000),
      pauseMs: often(0.3, 5_000),
      slowDiskMs: often(0.3, 6_000),
      fullDiskMs: often(0.15, 10_000),
      badDiskMs: often(0.2, 4_000),
      clockMs: often(0.3, 5_000),
      hoursMs: often(0.15, 5_000),
      partitionMs: often(0.5, random.between(2_000, 8_000)),
      lineMs: often(0.3, 2_000),
      quorumLossMs: often(0.15, 20_000),
      forgetsMs: canRemember(authorities, faulty) ? often(0.3, random.between(1_000, 8_000)) : undefined,
      decidesMs: undefined,
      rollsBackMs: undefined,
    },
    skewMs: random.pick([0, 50, 500, 3_000]),
    deltaMs: random.pick([100, 200, 500]),
    blockIntervalMs: random.pick([0, 50, 250]),
    heartbeatMs: random.pick([5_000, 20_000, 60_000]),
    attestations: random.pick([1, 1, 1, 2]),
    faultsMs: authorities >= 30 ? 4_000 : large ? 8_000 : random.between(6_000, 14_000),
    submissionMs: random.pick([100, 300, 1_000]),
    governanceMs: often(0.4, random.between(700, 4_000)),
    upgrades: 'confirmed',
    statesKept: random.pick([1, 4, 100]),
    blocksKept: often(0.5, random.pick([2, 4, 8])),
    rests: random.chance(0.3),
    strangers: large ? 0 : random.pick([0, 0, 1]),
    tempters: 0,
    boasters: 0,
    stretch: 1,
    leap: undefined,
  };
  // Last, so that it moves nothing else. Whoever was rolled back may be one of the f, and forgets nothing beside it.
  const bears = plan.faults.forgetsMs === undefined && canRollBack(authorities, faulty);
  const rollsBackMs = bears ? often(0.3, random.between(1_500, 6_000)) : undefined;
  const leap = often(0.15, { atMs: random.between(1, plan.faultsMs), byMs: random.pick(LEAPS) });
  const whole = { ...plan, faults: { ...plan.faults, rollsBackMs }, leap };
  const told = !large && random.chance(0.05) ? stretch(whole, random.pick([8, 20])) : whole;
  const tempters = often(0.1, random.between(1, 2)) ?? 0;
  return { ...told, tempters, boasters: often(0.1, random.between(1, 3)) ?? 0 };
}

const DAY_MS = 86_400_000;
/** Past the end of proposals, of pending uploads, of closed sales. */
const LEAPS = [DAY_MS, 15 * DAY_MS, 31 * DAY_MS, 91 * DAY_MS];

/** A storm in slow motion: what broke for seconds breaks for minutes. */
function stretch(plan: Plan, by: number): Plan {
  const rarer = (pauseMs: number | undefined): number | undefined => pauseMs && pauseMs * by;
  const { faults, leap } = plan;
  return {
    ...plan,
    stretch: by,
    faults: {
      ...faults,
      crashMs: rarer(faults.crashMs),
      orderlyRestartMs: rarer(faults.orderlyRestartMs),
      pauseMs: rarer(faults.pauseMs),
      slowDiskMs: rarer(faults.slowDiskMs),
      fullDiskMs: rarer(faults.fullDiskMs),
      badDiskMs: rarer(faults.badDiskMs),
      clockMs: rarer(faults.clockMs),
      hoursMs: rarer(faults.hoursMs),
      partitionMs: rarer(faults.partitionMs),
      lineMs: rarer(faults.lineMs),
      quorumLossMs: rarer(faults.quorumLossMs),
      rollsBackMs: rarer(faults.rollsBackMs),
    },
    faultsMs: plan.faultsMs * by,
    submissionMs: plan.submissionMs * by,
    governanceMs: rarer(plan.governanceMs),
    leap: leap && { ...leap, atMs: leap.atMs * by },
  };
}

/**
 * Whoever has forgotten needs the word of 2f + 1 others; of all others where f = 0. Alone there is nobody to ask. And
 * no more may be faulty than any federation bears.
 */
export function canRemember(authorities: number, faulty: number): boolean {
  const most = faultyMax(authorities);
  return authorities > 1 && faulty <= Math.min(most, authorities - 2 - 2 * most);
}

/** A rolled back home counts as one of the f that are faulty: it may contradict itself. And it may find out. */
export function canRollBack(authorities: number, faulty: number): boolean {
  return faulty + 1 <= faultyMax(authorities) && canRemember(authorities, faulty);
}

/** Whoever keeps few keeps so many blocks. */
export function blocksKeptIn({ blocksKept }: Pick<Plan, 'blocksKept'>): number {
  return blocksKept ?? limits.blocksKeptMin;
}

/** In one line, for the trace and for whoever reads a failure. */
export function describe(plan: Plan): string {
  return JSON.stringify(plan);
}

function weighted<T>(random: SeededRandom, choices: readonly (readonly [T, number])[]): T {
  let rest = random.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [choice, weight] of choices) {
    rest -= weight;
    if (rest < 0) return choice;
  }
  return choices.at(-1)![0];
}
