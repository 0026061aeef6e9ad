/** The federations in which histories play: small ones, some that read, one with a member too many, one with many authorities. */
import type { SeededRandom } from '../sim/random.ts';
import { BILLING, LIBRARIES, label, READERS } from './cast.ts';
import { DAY_MS, TOKENS_MAX } from './ledger-state.ts';
import type { Genesis, Member, Parameters } from './ledger-types.ts';

/** In one that reads there are cards from the beginning, and much is bought. */
export type Flavour = 'plain' | 'rich' | 'reading' | 'crowded' | 'full';

export function makeGenesis(random: SeededRandom, flavour: Flavour): Omit<Genesis, 'chain'> {
  const count = flavour === 'crowded' ? 14 : random.pick([1, 2, 3, 3, 4, 4, 5, 6]);
  const own = LIBRARIES.slice(0, count).map(({ key }) => memberOf(key));
  const others = flavour === 'full' ? random.pick([299, 300]) - own.length : 0;
  const members = [
    ...own,
    ...Array.from({ length: Math.max(0, others) }, (_, i) => memberOf(label(`other ${i}`, 32))),
  ];
  const voters = { plain: random.between(1, Math.min(4, count)), rich: 1, reading: 1, crowded: 14, full: 1 }[
    flavour
  ];
  const authorities = own.slice(0, voters);
  const parameters = makeParameters(random, Math.min(3, count));
  return {
    accounts: makeAccounts(random, flavour),
    members,
    authorities: authorities.map(({ key }) => key),
    billing: BILLING.slice(0, random.pick([1, 2, 2])).map(({ key }) => key),
    parameters: { ...parameters, ...(flavour === 'reading' ? CARDS : {}) },
  };
}

/** Readers with little, billing with more, a library that reads; or one of them with nearly all that there can be. */
function makeAccounts(random: SeededRandom, flavour: Flavour): Genesis['accounts'] {
  const [billing, more] = BILLING.map(({ key }) => ({ key, tokens: BigInt(random.below(20_000)) }));
  const readers = READERS.slice(0, 4).map(({ key }) => {
    return { key, tokens: BigInt(random.pick([0, 64, 300, 1_000, 5_000])) };
  });
  const accounts = [billing!, more!, ...readers, { key: LIBRARIES[0]!.key, tokens: 500n }];
  if (flavour !== 'rich') return accounts;
  const rich = random.pick([billing!, readers[0]!]).key;
  const others = accounts.map(({ key, tokens }) => ({ key, tokens: key === rich ? 0n : tokens / 20n }));
  const sum = others.reduce((total, { tokens }) => total + tokens, 0n);
  return others.map((one) => (one.key === rich ? { ...one, tokens: TOKENS_MAX - sum } : one));
}

/** @param attestationsMax - may be more than there are members: then nobody can agree to them. */
export function makeParameters(random: SeededRandom, attestationsMax: number): Parameters {
  return {
    attestations: random.between(1, attestationsMax),
    blockIntervalMs: random.pick([0, 250]),
    heartbeatMs: 60_000,
    saleTimeoutMs: random.pick([0, 1, 60_000, DAY_MS, 45 * DAY_MS]),
    fileBytesMax: random.pick([2 ** 20, 2 ** 40]),
    uploadBytesPerKeyPerDay: random.pick([0, 0, 1_300, 10_000]),
    uploadBytesPerNodePerDay: random.pick([0, 0, 2_000, 10_000]),
    ...(random.chance(0.2) ? OF_DOCUMENT_1 : makeEconomy(random)),
    registrationsPerNodePerDay: random.pick([1, 2, 100_000]),
    upgradeNoticeBlocks: random.pick([10, 10, 1_000]),
  };
}

/** Everything is credited at once, and nobody has a card. */
const OF_DOCUMENT_1 = {
  vestingPermille: 0,
  releasePermille: 500,
  cardBytesPerNodePerDay: 0,
  cardStartDays: 10,
  cardReleasePermille: 0,
};

const CARDS = { cardBytesPerNodePerDay: 3_000, cardStartDays: 10 };

function makeEconomy(random: SeededRandom): typeof OF_DOCUMENT_1 {
  return {
    vestingPermille: random.pick([0, 0, 1, 500, 990, 1_000, 1_000, 1_000]),
    releasePermille: random.pick([0, 1, 500, 500, 1_000]),
    cardBytesPerNodePerDay: random.pick([0, 150, 1_000, 3_000, 10_000, 2 ** 53 - 1]),
    cardStartDays: random.pick([0, 1, 10, 10, 30]),
    cardReleasePermille: random.pick([0, 1, 500, 1_000]),
  };
}

export function memberOf(key: string, name = 'a library'): Member {
  return { key, name, addresses: ['/ip4/127.0.0.1/tcp/1'], tracker: 'http://127.0.0.1:6969', api: '' };
}
