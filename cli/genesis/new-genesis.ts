/** A genesis for one of the situations, from what its members have sent; and the examples in examples/genesis. Pure. */
import { isDevelopmentKey } from '../../chain/block/development.ts';
import { type Genesis, parseGenesis } from '../../chain/block/genesis.ts';
import { equalBytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { PublicKey32, UnixMs } from '../../core/scalars.ts';
import { parametersOf, SITUATIONS, type SituationName } from './situations.ts';

/** What a person writes: keys in hex, as `digitallib init --name …` prints it. */
export type MemberJson = {
  readonly key: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly tracker: string;
  readonly api: string;
};
export type Wanted = {
  readonly situation: SituationName;
  readonly name: string;
  readonly time: UnixMs;
  readonly members: readonly unknown[];
  /** Keys in hex; `all`: of all members. */
  readonly authorities: readonly string[] | 'all';
  /** Where tokens are sold: the key that has all of them, and how many. */
  readonly billing?: { readonly key: string; readonly tokens: string } | undefined;
};

/** @throws Fault("config.invalid") that says what is wrong with it. */
export function newGenesis(wanted: Wanted): Genesis {
  const { members, billing } = wanted;
  if (members.length === 0) throw wrong('it has no members: give --member with what digitallib init prints');
  if (wanted.authorities.length === 0)
    throw wrong('nobody votes: give --authority, a key of a member or all');
  const { sells } = SITUATIONS[wanted.situation];
  if (sells && billing === undefined) throw wrong('where tokens are sold, --billing-key has them');
  if (!sells && billing !== undefined) throw wrong(`no tokens are sold in the situation ${wanted.situation}`);
  const parsed = parseGenesis(jsonOf(wanted));
  if (parsed.kind !== 'accept') {
    throw wrong(parsed.kind === 'reject' ? (parsed.detail ?? parsed.code) : parsed.code);
  }
  const genesis = parsed.value;
  for (const { key, name } of genesis.members) refuseDevelopmentKey(key, name);
  refuseSharedPlaces(genesis.members);
  for (const { key } of genesis.roles) {
    refuseDevelopmentKey(key, 'billing');
    const holder = genesis.members.find((member) => equalBytes(member.key, key));
    if (holder !== undefined)
      throw wrong(`the billing key is the key of ${holder.name}, which is never cold`);
  }
  return genesis;
}

function jsonOf({ situation, name, time, members, authorities, billing }: Wanted): unknown {
  return {
    version: 1,
    name,
    time,
    accounts: billing === undefined ? [] : [billing],
    members,
    authorities: authorities === 'all' ? members.map((one) => (one as MemberJson | null)?.key) : authorities,
    roles: billing === undefined ? [] : [{ key: billing.key, role: 'billing' }],
    parameters: parametersOf(situation, members.length),
  };
}

/** 2025-01-01T00:00:00Z: a federation that begins with an example puts its own time there, or leaves it. */
const EXAMPLE_TIME = 1_735_689_600_000;
const EXAMPLE_LIBRARIES = { school: 1, open: 4, sold: 4 } as const;
export const EXAMPLE_TOKENS = '1000000000000000';

/** With words in the place of keys, so that no library starts with it before somebody has put true ones there. */
export function exampleGenesis(situation: SituationName): unknown {
  const count = EXAMPLE_LIBRARIES[situation];
  const members = Array.from({ length: count }, (_, i): MemberJson => {
    const host = `192.0.2.${i + 1}`;
    return {
      key: `KEY OF LIBRARY ${i + 1}, AS digitallib init PRINTS IT`,
      name: `Example Library ${i + 1}`,
      addresses: [`/ip4/${host}/tcp/4645`],
      tracker: `http://${host}:6969`,
      api: `http://${host}:8645`,
    };
  });
  const billing = { key: 'PUBLIC KEY OF THE BILLING WALLET', tokens: EXAMPLE_TOKENS };
  return jsonOf({
    ...{ situation, name: `Example: ${situation}`, time: EXAMPLE_TIME, members, authorities: 'all' },
    billing: SITUATIONS[situation].sells ? billing : undefined,
  });
}

/** One line, for `--member`. */
export function memberLine(member: MemberJson): string {
  const { key, name, addresses, tracker, api } = member;
  return JSON.stringify({ key, name, addresses, tracker, api });
}

/** Those that vote, and how many of them may be missing: for a person to read. */
export function authoritiesInWords({ authorities }: Genesis): string {
  const n = authorities.length;
  const f = Math.floor((n - 1) / 3);
  return `${n} ${n === 1 ? 'authority' : 'authorities'}, of which ${f === 0 ? 'none' : f} may be missing`;
}

function refuseDevelopmentKey(key: PublicKey32, whose: string): void {
  if (!isDevelopmentKey(key)) return;
  throw wrong(`the key of ${whose} is a well-known development key: anybody could use it`);
}

/** At one address one library answers: a line was copied and only half changed. */
function refuseSharedPlaces(members: Genesis['members']): void {
  const holders = new Map<string, string>();
  for (const { name, addresses, tracker, api } of members) {
    for (const place of new Set([...addresses, tracker, api])) {
      const holder = holders.get(place);
      if (place !== '' && holder !== undefined)
        throw wrong(`${holder} and ${name} have the same address: ${place}`);
      holders.set(place, name);
    }
  }
}

function wrong(why: string): Fault {
  return new Fault('config.invalid', `this makes no genesis: ${why}`);
}
