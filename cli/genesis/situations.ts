/**
 * The three situations in which a federation begins, with the numbers that fit each, and what every number means in a line
 * (docs/economy.md). Pure.
 */
import { defaultParameters, type Parameters } from '../../chain/federation/parameters.ts';

export const SITUATION_NAMES = ['school', 'open', 'sold'] as const;
export type SituationName = (typeof SITUATION_NAMES)[number];

type Economy = Pick<
  Parameters,
  | 'vestingPermille'
  | 'releasePermille'
  | 'cardBytesPerNodePerDay'
  | 'cardStartDays'
  | 'cardReleasePermille'
  | 'uploadBytesPerKeyPerDay'
  | 'uploadBytesPerNodePerDay'
>;
export type Situation = {
  /** Of whom it is. */
  readonly words: string;
  readonly economy: Economy;
  /** Has it a billing key, whose tokens readers buy? */
  readonly sells: boolean;
  /** Who is lent cards; that is an affair of each library, and stands in no genesis. */
  readonly cards: string;
  /** Bytes that one card gathers in a day, and up to which it gathers. */
  readonly allowance: number;
  readonly ceiling: number;
};

const MB = 10 ** 6;
const GB = 10 ** 9;

export const SITUATIONS: { readonly [name in SituationName]: Situation } = {
  school: {
    words: 'a closed library: whoever reads is known to a librarian, and no tokens are sold',
    economy: {
      vestingPermille: 0,
      releasePermille: 500,
      cardBytesPerNodePerDay: 20 * GB,
      cardStartDays: 10,
      cardReleasePermille: 0,
      uploadBytesPerKeyPerDay: 1 * GB,
      uploadBytesPerNodePerDay: 20 * GB,
    },
    sells: false,
    cards: 'desk: by a librarian (digitallib card give, or invite), or by a code that he has given',
    allowance: 20 * MB,
    ceiling: 1_000 * MB,
  },
  open: {
    words: 'an open federation: anybody may register, and no tokens are sold',
    economy: {
      vestingPermille: 1_000,
      releasePermille: 500,
      cardBytesPerNodePerDay: 200 * GB,
      cardStartDays: 10,
      cardReleasePermille: 500,
      uploadBytesPerKeyPerDay: 2 * GB,
      uploadBytesPerNodePerDay: 50 * GB,
    },
    sells: false,
    cards:
      'desk; or open: whoever registers has a quarter of a card, all of those at most a fifth of the cap',
    allowance: 20 * MB,
    ceiling: 1_000 * MB,
  },
  sold: {
    words: 'a federation where tokens are sold',
    economy: {
      vestingPermille: 1_000,
      releasePermille: 500,
      cardBytesPerNodePerDay: 20 * GB,
      cardStartDays: 10,
      cardReleasePermille: 0,
      uploadBytesPerKeyPerDay: 0,
      uploadBytesPerNodePerDay: 0,
    },
    sells: true,
    cards: 'desk only: else whoever makes up ten keys need not buy',
    allowance: 5 * MB,
    ceiling: 150 * MB,
  },
};

export function parametersOf(name: SituationName, members: number): Parameters {
  return { ...defaultParameters(members), ...SITUATIONS[name].economy };
}

/** A line a parameter, in the order in which a genesis has them. */
export function meanings(parameters: Parameters): readonly string[] {
  const entries = Object.entries(parameters) as readonly [keyof Parameters, number][];
  return entries.map(([name, value]) => `${name} = ${value}: ${MEANINGS[name](value)}`);
}

/** What a library is started with: it stands in no genesis, and each may choose otherwise. */
export function startsWith({ cards, allowance, ceiling }: Situation): readonly string[] {
  return [
    `cards: ${cards}`,
    `allowance of a card: ${inBytes(allowance)} a day`,
    `ceiling of a card: ${inBytes(ceiling)}`,
    `with digitallib start: --cards desk --card-allowance ${allowance} --card-ceiling ${ceiling}`,
  ];
}

const MEANINGS: { readonly [name in keyof Parameters]: (value: number) => string } = {
  attestations: (n) =>
    n === 1
      ? 'readers can have a file when one library has read it'
      : `readers can have a file when ${n} libraries have read it`,
  blockIntervalMs: (ms) => `at least ${inTime(ms)} between two blocks`,
  heartbeatMs: (ms) => `a block comes at the latest after ${inTime(ms)}`,
  saleTimeoutMs: (ms) => `a reader may take back tokens of a sale that nobody ended after ${inTime(ms)}`,
  fileBytesMax: (bytes) => `the largest file has ${inBytes(bytes)}`,
  uploadBytesPerKeyPerDay: (bytes) => `one reader can be credited uploads of ${capOfDay(bytes)}`,
  uploadBytesPerNodePerDay: (bytes) => `one library can vouch for uploads of ${capOfDay(bytes)}`,
  vestingPermille: (v) =>
    v === 0
      ? 'an upload earns its size at once'
      : `of its size an upload earns ${share(v)} only as others pay for it`,
  releasePermille: (v) =>
    `of the tokens that are paid for a file, its uploader gets ${share(v)}, until it has earned its size`,
  cardBytesPerNodePerDay: (bytes) =>
    bytes === 0 ? 'no cards' : `one library lends at most ${inBytes(bytes)} a day, all its cards together`,
  cardStartDays: (days) => `a new card begins with ${days} days of its allowance`,
  cardReleasePermille: (v) =>
    v === 0
      ? 'what is read on cards earns its uploader nothing'
      : `of what is read on cards, the uploader gets ${share(v)}`,
  registrationsPerNodePerDay: (n) => `one library registers at most ${n} keys a day`,
  upgradeNoticeBlocks: (n) => `an upgrade is announced at least ${n} blocks ahead`,
};

function capOfDay(bytes: number): string {
  return bytes === 0 ? 'any length a day' : `at most ${inBytes(bytes)} a day`;
}

function share(permille: number): string {
  return permille === 1_000 ? 'all' : `${permille / 10} %`;
}

/** Decimal: 1 token is 1 byte. */
function inBytes(bytes: number): string {
  if (bytes >= GB && bytes % GB === 0) return `${bytes / GB} GB`;
  return bytes >= MB && bytes % MB === 0 ? `${bytes / MB} MB` : `${bytes} bytes`;
}

function inTime(ms: number): string {
  const day = 24 * 60 * 60 * 1_000;
  if (ms > 0 && ms % day === 0) return `${ms / day} days`;
  return ms > 0 && ms % 1_000 === 0 ? `${ms / 1_000} s` : `${ms} ms`;
}
