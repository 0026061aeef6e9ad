/**
 * What a federation is and who lives in it: parameters and policy of the three situations, and what is assumed of readers
 * (docs/decisions/economy-simulator.md). Each number can be set from outside by its name.
 */
import type { Parameters } from '../../chain/federation/parameters.ts';
import { SITUATIONS as SITUATIONS_TO_BEGIN, type SituationName } from '../../cli/genesis/situations.ts';

export const MB = 1_000_000;
export const GB = 1_000 * MB;

export type Situation = SituationName;
export const RULES = ['document1', 'card'] as const;
export type Rules = (typeof RULES)[number];

/** All numbers, so that each can be varied; bytes where nothing else is said. */
export type Numbers = {
  // The ledger.
  readonly vestingPermille: number;
  readonly releasePermille: number;
  readonly cardReleasePermille: number;
  readonly cardStartDays: number;
  /** 0 = no cards. */
  readonly cardBytesPerNodePerDay: number;
  readonly uploadBytesPerKeyPerDay: number;
  readonly uploadBytesPerNodePerDay: number;
  readonly attestations: number;

  // The policy of a library.
  readonly allowance: number;
  readonly ceiling: number;
  /** Of the cap, for cards that anybody gets who asks; 0 = by the desk only. */
  readonly openShare: number;
  /** Of a whole card, where nobody was looked at. */
  readonly openPart: number;
  /** A card is renewed that was used in so many days. */
  readonly renewIfUsedIn: number;

  // Readers.
  readonly libraries: number;
  readonly startReaders: number;
  /** A day. */
  readonly arrivals: number;
  /** On average; how long each stays is exponential. */
  readonly lifeDays: number;
  /** A reader and day, on average of a spread of 0.17 … 6 times. */
  readonly wishes: number;
  /** Days; then a wish is given up. */
  readonly patience: number;
  /** Who goes to the desk on the first day; and of the others, a day. */
  readonly deskShare: number;
  readonly deskLater: number;
  /** Cards of a reader, each on a key of its own. */
  readonly keysEach: number;

  // Files.
  readonly startFiles: number;
  readonly uploaderShare: number;
  readonly uploadsOfUploader: number;
  readonly uploadsOfOthers: number;
  /** Readers who bring something when they wait for tokens, and how often. */
  readonly eagerShare: number;
  readonly uploadsOfEager: number;
  /** Half of the uploaders bring nothing while they have more. */
  readonly enough: number;

  // Money.
  /** Readers who buy tokens; 0 = none are sold. */
  readonly payerShare: number;
  /** Tokens are bought by packs of so many. */
  readonly pack: number;
  /** For 1 GB. */
  readonly price: number;
  readonly payout: number;
};

export type Scenario = Numbers & { readonly days: number; readonly seed: number };

const READERS = {
  libraries: 4,
  startReaders: 60,
  arrivals: 3,
  lifeDays: 365,
  wishes: 0.15 * 1.195,
  patience: 30,
  deskShare: 1,
  deskLater: 0.02,
  keysEach: 1,
  startFiles: 2_000,
  uploaderShare: 0.03,
  uploadsOfUploader: 0.2,
  uploadsOfOthers: 0.001,
  eagerShare: 0.2,
  uploadsOfEager: 0.03,
  enough: 5 * GB,
  payerShare: 0,
  pack: GB,
  price: 1,
  payout: 0.5,
};

/** The numbers of the ledger and of a card are those with which a federation begins (`digitallib genesis`). */
function usual(situation: Situation): Numbers {
  const { economy, allowance, ceiling } = SITUATIONS_TO_BEGIN[situation];
  const policy = { openShare: 0, openPart: 0.25, renewIfUsedIn: 60 };
  return { ...READERS, ...economy, attestations: 2, allowance, ceiling, ...policy, ...OWN[situation] };
}

/** What stands in no genesis. */
const OWN: Readonly<Record<Situation, Partial<Numbers>>> = {
  school: {},
  open: { openShare: 0.2, deskShare: 0.5 },
  sold: { payerShare: 0.1 },
};

/** What document 1 writes: no cards, and an upload is credited at once. */
const DOCUMENT_1: Partial<Numbers> = { cardBytesPerNodePerDay: 0, vestingPermille: 0 };

export function scenarioOf(
  situation: Situation,
  rules: Rules,
  own: Partial<Scenario> & Pick<Scenario, 'days' | 'seed'>,
): Scenario {
  return { ...usual(situation), ...(rules === 'document1' ? DOCUMENT_1 : {}), ...own };
}

/** The names of what can be set. */
export const NUMBERS = Object.keys(usual('school')) as readonly (keyof Numbers)[];

export function parametersOf(scenario: Numbers): Partial<Parameters> {
  const { vestingPermille, releasePermille, cardReleasePermille, cardStartDays } = scenario;
  const { cardBytesPerNodePerDay, uploadBytesPerKeyPerDay, uploadBytesPerNodePerDay } = scenario;
  return {
    vestingPermille,
    releasePermille,
    cardReleasePermille,
    cardStartDays,
    cardBytesPerNodePerDay,
    uploadBytesPerKeyPerDay,
    uploadBytesPerNodePerDay,
    attestations: scenario.attestations,
    registrationsPerNodePerDay: 1_000_000,
  };
}
