/** What the authorities of a history put before each other. */
import type { SeededRandom } from '../sim/random.ts';
import { makeParameters, memberOf } from './author-genesis.ts';
import { BAD_KEYS, BILLING, FILES, LIBRARIES, READERS, STRANGERS, signText, UNKNOWN_HASH } from './cast.ts';
import type { Ledger } from './ledger.ts';
import { seatTextOf } from './ledger-encoding.ts';
import type { Action, Seat } from './ledger-types.ts';

const KINDS: readonly Action['kind'][] = [
  'add-member',
  'add-member',
  'update-member',
  'remove-member',
  'remove-member',
  'set-authorities',
  'set-authorities',
  'set-authorities',
  'grant-role',
  'revoke-role',
  'revoke-role',
  'set-parameters',
  'set-parameters',
  'take-down',
  'take-down',
  'restore',
  'restore',
  'reset-file',
  'upgrade',
];

export function makeAction(random: SeededRandom, ledger: Ledger, lie: boolean): Action {
  const { state, block } = ledger;
  const kind = random.pick(KINDS);
  const libraries = LIBRARIES.slice(0, 7).map(({ key }) => key);
  const members = libraries.filter((key) => state.members.has(key));
  const others = libraries.filter((key) => !state.members.has(key));
  const some = (fitting: readonly string[], all: readonly string[]): string =>
    random.pick(fitting.length === 0 || lie ? all : fitting);
  switch (kind) {
    case 'add-member':
      return { kind, member: memberOf(some(others, [...libraries, ...BAD_KEYS]), 'a new library') };
    case 'update-member':
      return { kind, member: memberOf(some(members, libraries), `renamed ${random.below(3)}`) };
    case 'remove-member': {
      const free = members.filter((key) => !state.authorities.includes(key));
      return { kind, key: some(free, libraries) };
    }
    case 'set-authorities': {
      const wrongKeys = lie && random.chance(0.4);
      return setAuthorities(random, ledger, wrongKeys ? libraries : members, lie && !wrongKeys);
    }
    case 'grant-role':
    case 'revoke-role': {
      const candidates = [...BILLING, ...READERS, ...STRANGERS].map(({ key }) => key);
      const fitting = candidates.filter((key) => state.billing.has(key) === (kind === 'revoke-role'));
      return { kind, key: some(fitting, candidates), role: 'billing' };
    }
    case 'set-parameters':
      return { kind, parameters: makeParameters(random, lie ? 8 : Math.max(1, Math.min(3, members.length))) };
    case 'take-down':
    case 'restore': {
      const vesting = [...state.files].filter(([, { mayYet }]) => mayYet > 0n).map(([hash]) => hash);
      const known = [...state.files.keys(), ...state.pending.keys()];
      const open = vesting.length > 0 && random.chance(0.5) ? vesting : known;
      const fitting = kind === 'restore' ? [...state.takenDown] : open;
      return { kind, hash: some(fitting, [...FILES.map(({ hash }) => hash), UNKNOWN_HASH]) };
    }
    case 'reset-file': {
      const spent = [...state.files].filter(([, { uploader, minted }]) => {
        return (state.accounts.get(uploader)?.tokens ?? 0n) < minted;
      });
      const fitting = spent.length > 0 && random.chance(0.5) ? new Map(spent) : state.files;
      return { kind, hash: some([...fitting.keys()], [...FILES.map(({ hash }) => hash), UNKNOWN_HASH]) };
    }
    case 'upgrade': {
      const { upgradeNoticeBlocks } = state.parameters;
      const away = random.pick([
        -1,
        0,
        1,
        upgradeNoticeBlocks - 1,
        upgradeNoticeBlocks,
        upgradeNoticeBlocks + 5,
      ]);
      const version = block.version + random.pick(lie ? [-1, 2] : [0, 1, 1]);
      return { kind, height: Math.max(0, block.height + away), version: Math.max(0, version) };
    }
  }
}

function setAuthorities(
  random: SeededRandom,
  { state, block }: Ledger,
  from: readonly string[],
  lie: boolean,
): Action {
  const count = random.between(1, Math.min(4, from.length));
  const keys = random.shuffle(from).slice(0, count).sort();
  const newcomers = keys.filter((key) => !state.authorities.includes(key));
  const epoch = block.sealed && random.chance(0.5) ? block.epoch + 1 : block.epoch;
  const expires = Math.floor(block.time / 1_000) + random.pick([60, 3_600, 86_400, 14 * 86_400]);
  let seats: Seat[] = newcomers.map((key) => seatOf(state.chain, key, epoch, expires));
  const first = seats[0];
  if (lie && first !== undefined) {
    const { key } = first;
    seats = random.pick([
      () => seats.slice(1),
      () => [seatOf(state.chain, key, epoch + 1, expires), ...seats.slice(1)],
      () => [seatOf(state.chain, key, epoch, Math.floor(block.time / 1_000) - 1), ...seats.slice(1)],
      () => [{ ...first, signature: `00${first.signature.slice(2)}` }, ...seats.slice(1)],
      () => [{ ...first, expires: expires + 1 }, ...seats.slice(1)],
      () => [{ ...first, key: LIBRARIES[7]!.key }, ...seats.slice(1)],
    ])();
  } else if (lie) {
    const old = state.authorities[0]!;
    if (LIBRARIES.some(({ key }) => key === old)) seats = [seatOf(state.chain, old, epoch, expires)];
  }
  seats.sort((a, b) => (a.key < b.key ? -1 : 1));
  return { kind: 'set-authorities', keys, seats };
}

function seatOf(chain: string, key: string, epoch: number, expires: number): Seat {
  return { key, epoch, expires, signature: signText(key, seatTextOf(chain, key, epoch, expires)) };
}
