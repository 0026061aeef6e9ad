/** What the federation may tune by vote. Bounds keep a typing mistake from stopping the chain. */
import { limits } from '../../core/limits.ts';
import { parseCount } from '../../core/scalars.ts';
import { GENESIS_RULES } from '../kind/rules-version.ts';
import { fieldsMistake, pathOf } from './mistake.ts';

export type Parameters = {
  /** How many libraries must attest a file, its sponsor among them, before it is available; 1 … 30. */
  readonly attestations: number;
  /** Shortest time between blocks; 0 … 60,000. */
  readonly blockIntervalMs: number;
  /** Longest time without a block; 100 … 3,600,000. */
  readonly heartbeatMs: number;
  /** After this a reader may take back the tokens of a sale that nobody ended; 0 … ten years. */
  readonly saleTimeoutMs: number;
  /** The largest file that is taken; 1 MiB … 2^50. */
  readonly fileBytesMax: number;
  /** So many bytes are credited to one key in a day at most, and by one member; 0 … 2^53−1, 0 = no cap. */
  readonly uploadBytesPerKeyPerDay: number;
  readonly uploadBytesPerNodePerDay: number;
  /** Of a file's size, what its uploader is not credited at once but as others pay for it; 0 … 1,000. */
  readonly vestingPermille: number;
  /** Of the tokens that are paid for a file, what it then mints, until it has minted its size; 0 … 1,000. */
  readonly releasePermille: number;
  /** Of the daily allowances that one member lends as cards, all together; 0 … 2^53−1, 0 = no cards. */
  readonly cardBytesPerNodePerDay: number;
  /** So many allowances has a new card at once; 0 … 30. */
  readonly cardStartDays: number;
  /** As `releasePermille`, of what is paid on a card; 0 … 1,000. */
  readonly cardReleasePermille: number;
  /** So many keys does one member register in a day at most; 1 … 1,000,000. */
  readonly registrationsPerNodePerDay: number;
  /** So many blocks ahead at least is an upgrade announced: operators must have time to install it; 10 … 1,000,000. */
  readonly upgradeNoticeBlocks: number;
};

/** The lowest and the highest value, the one that a federation has which says nothing else, and the rules that it came with. */
type Range = readonly [lowest: number, highest: number, usual: number, since?: number];

const RANGES = {
  attestations: [1, limits.attestationsMax, 2],
  blockIntervalMs: [0, limits.blockIntervalMsMax, 250],
  heartbeatMs: [limits.heartbeatMsMin, limits.heartbeatMsMax, 60_000],
  saleTimeoutMs: [0, limits.saleTimeoutMsMax, 45 * 24 * 60 * 60 * 1_000],
  fileBytesMax: [limits.fileBytesMaxMin, limits.fileBytesMaxMax, 2 ** 40],
  uploadBytesPerKeyPerDay: [0, Number.MAX_SAFE_INTEGER, 0],
  uploadBytesPerNodePerDay: [0, Number.MAX_SAFE_INTEGER, 0],
  vestingPermille: [0, 1_000, 0],
  releasePermille: [0, 1_000, 500],
  cardBytesPerNodePerDay: [0, Number.MAX_SAFE_INTEGER, 0],
  cardStartDays: [0, limits.cardStartDaysMax, 10],
  cardReleasePermille: [0, 1_000, 0],
  registrationsPerNodePerDay: [1, limits.registrationsPerNodePerDayMax, 100_000],
  upgradeNoticeBlocks: [limits.upgradeNoticeBlocksMin, limits.upgradeNoticeBlocksMax, 1_000],
} as const satisfies Record<keyof Parameters, Range>;

type Name = keyof Parameters;
const NAMES = Object.keys(RANGES) as readonly Name[];

/** Those that the rules of this version have. */
function namesAt(version: number): readonly Name[] {
  return NAMES.filter((name) => sinceOf(name) <= version);
}

function sinceOf(name: Name): number {
  const [, , , since = 1]: Range = RANGES[name];
  return since;
}

/** @returns undefined unless `value` is a map of exactly the parameters of these rules, each within its bounds. */
export function parseParameters(value: unknown, version: number): Parameters | undefined {
  if (parametersMistake('', value, version) !== undefined) return undefined;
  const found = value as Parameters;
  return Object.fromEntries(namesAt(version).map((name) => [name, found[name]])) as Parameters;
}

/**
 * @param where - its path. @param version - of the rules.
 * @returns a sentence that names the first field that is wrong; undefined for parameters.
 */
export function parametersMistake(where: string, value: unknown, version: number): string | undefined {
  const names = namesAt(version);
  const mistake = fieldsMistake(where, value, names);
  if (mistake !== undefined) return mistake;
  for (const name of names) {
    const count = parseCount((value as Record<Name, unknown>)[name]);
    const [lowest, highest] = RANGES[name];
    if (count === undefined || count < lowest || count > highest) {
      return `${pathOf(where, name)} must be a whole number from ${lowest} to ${highest}`;
    }
  }
  return undefined;
}

/**
 * What a new federation has that says nothing else. One member alone cannot be attested by a second; with two or more,
 * none alone can mint, or poison a hash.
 */
export function defaultParameters(members: number): Parameters {
  const parameters = Object.fromEntries(namesAt(GENESIS_RULES).map(usual)) as Parameters;
  return { ...parameters, attestations: Math.min(parameters.attestations, Math.max(members, 1)) };
}

/** Those that came with the rules of this version, as a federation has them that says nothing else. */
export function parametersSince(version: number): Partial<Parameters> {
  return Object.fromEntries(NAMES.filter((name) => sinceOf(name) === version).map(usual));
}

function usual(name: Name): readonly [Name, number] {
  return [name, RANGES[name][2]];
}
