/**
 * The genesis and the form in which people write it: JSON, keys in hex, tokens as decimal strings. Reading it says
 * what is wrong and where.
 */
import { compareBytes, fromHex, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import {
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
  TOKENS_MAX,
  type Tokens,
  type UnixMs,
} from '../../core/scalars.ts';
import { isAcceptableKey } from '../../core/sign.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import {
  isFederationName,
  type Member,
  memberMistake,
  NAME_WANTED,
  parseMember,
} from '../federation/member.ts';
import { fieldsMistake } from '../federation/mistake.ts';
import {
  defaultParameters,
  type Parameters,
  parametersMistake,
  parseParameters,
} from '../federation/parameters.ts';
import type { Role } from '../governance/action.ts';
import { GENESIS_RULES } from '../kind/rules-version.ts';

export type Genesis = {
  readonly version: 1;
  /** Of the federation: the `source` of its torrents. Clean text of 1 … 240 bytes, as it is written: whoever makes a genesis normalises it. */
  readonly name: string;
  /** Of block 0. */
  readonly time: UnixMs;
  /** Registered from the start, no two alike. */
  readonly accounts: readonly { readonly key: PublicKey32; readonly tokens: Tokens }[];
  readonly members: readonly Member[];
  /** 1 … 30 members, sorted by bytes. */
  readonly authorities: readonly PublicKey32[];
  /** Each key has an account. */
  readonly roles: readonly { readonly key: PublicKey32; readonly role: Role }[];
  readonly parameters: Parameters;
};

/** The form that `parseGenesis` reads: keys in hex, tokens as decimal strings. */
export function genesisToJson(genesis: Genesis): unknown {
  return {
    version: genesis.version,
    name: genesis.name,
    time: genesis.time,
    accounts: genesis.accounts.map(({ key, tokens }) => ({ key: toHex(key), tokens: String(tokens) })),
    members: genesis.members.map((member) => ({ ...member, key: toHex(member.key) })),
    authorities: genesis.authorities.map(toHex),
    roles: genesis.roles.map(({ key, role }) => ({ key: toHex(key), role })),
    parameters: { ...genesis.parameters },
  };
}

/** @returns reject("genesis.wrong") with a sentence that names the field. */
export function parseGenesis(json: unknown): Verdict<Genesis> {
  try {
    return accept(readGenesis(json));
  } catch (error) {
    if (error instanceof Wrong) return reject('genesis.wrong', error.message);
    throw error;
  }
}

/** Never leaves this file: it brings the first mistake out of the nested lists. */
class Wrong extends Error {}

const FIELDS = [
  'version',
  'name',
  'time',
  'accounts',
  'members',
  'authorities',
  'roles',
  'parameters',
] as const;
const DECIMAL = /^(?:0|[1-9][0-9]{0,18})$/;

function readGenesis(json: unknown): Genesis {
  assertFields('', json, FIELDS);
  if (json.version !== 1) throw new Wrong('version must be 1');
  const name = json.name;
  if (!isFederationName(name)) throw new Wrong(`name ${NAME_WANTED}`);
  const time = parseCount(json.time);
  if (time === undefined) throw new Wrong('time must be milliseconds since 1970, a whole number');
  const accounts = list('accounts', json.accounts, Number.POSITIVE_INFINITY).map(readAccount);
  const members = list('members', json.members, limits.membersMax).map(readMember);
  const authorities = list('authorities', json.authorities, limits.authoritiesMax).map((key, index) =>
    readKey(`authorities[${index}]`, key),
  );
  const roles = list('roles', json.roles, Number.POSITIVE_INFINITY).map(readRole);
  const parameters = readParameters(json.parameters, members.length);

  distinct('accounts', accounts);
  distinct('members', members);
  distinct('roles', roles);
  distinct('authorities', authorities, '');
  if (authorities.length === 0) throw new Wrong('authorities must name at least one member');
  const stranger = authorities.findIndex((key) => !has(members, key));
  if (stranger >= 0) throw new Wrong(`authorities[${stranger}] must be the key of a member`);
  const poor = roles.findIndex(({ key }) => !has(accounts, key));
  if (poor >= 0) throw new Wrong(`roles[${poor}].key must have an account`);
  if (parameters.attestations > members.length) {
    throw new Wrong(`parameters.attestations must not be above the number of members, ${members.length}`);
  }
  let supply = 0n;
  for (const [index, { tokens }] of accounts.entries()) {
    supply += tokens;
    if (supply > TOKENS_MAX)
      throw new Wrong(`accounts[${index}].tokens makes more than 2^63-1 tokens in all`);
  }
  authorities.sort(compareBytes);
  return { version: 1, name, time, accounts, members, authorities, roles, parameters };
}

function readAccount(json: unknown, index: number): { key: PublicKey32; tokens: Tokens } {
  const where = `accounts[${index}]`;
  assertFields(where, json, ['key', 'tokens']);
  if (typeof json.tokens !== 'string' || !DECIMAL.test(json.tokens) || BigInt(json.tokens) > TOKENS_MAX) {
    throw new Wrong(`${where}.tokens must be a decimal string up to 2^63-1`);
  }
  return { key: readKey(`${where}.key`, json.key), tokens: BigInt(json.tokens) };
}

function readMember(json: unknown, index: number): Member {
  const where = `members[${index}]`;
  assertFields(where, json, ['key', 'name', 'addresses', 'tracker', 'api']);
  const member = { ...json, key: readKey(`${where}.key`, json.key) };
  const mistake = memberMistake(where, member);
  if (mistake !== undefined) throw new Wrong(mistake);
  return parseMember(member)!;
}

function readRole(json: unknown, index: number): { key: PublicKey32; role: 'billing' } {
  const where = `roles[${index}]`;
  assertFields(where, json, ['key', 'role']);
  if (json.role !== 'billing') throw new Wrong(`${where}.role must be "billing"`);
  return { key: readKey(`${where}.key`, json.key), role: json.role };
}

/** What is left out has its default. */
function readParameters(json: unknown, members: number): Parameters {
  const defaults = defaultParameters(members);
  const shape = fieldsMistake('parameters', json, [], Object.keys(defaults));
  if (shape !== undefined) throw new Wrong(shape);
  const parameters = { ...defaults, ...(json as Partial<Parameters>) };
  const mistake = parametersMistake('parameters', parameters, GENESIS_RULES);
  if (mistake !== undefined) throw new Wrong(mistake);
  return parseParameters(parameters, GENESIS_RULES)!;
}

function assertFields<K extends string>(
  where: string,
  json: unknown,
  fields: readonly K[],
): asserts json is Record<K, unknown> {
  const mistake = fieldsMistake(where, json, fields);
  if (mistake !== undefined) throw new Wrong(mistake);
}

function readKey(where: string, json: unknown): PublicKey32 {
  const key = typeof json === 'string' ? fromHex(json, PUBLIC_KEY_BYTES) : undefined;
  if (key === undefined) throw new Wrong(`${where} must be 64 lower-case hex characters`);
  if (!isAcceptableKey(key)) throw new Wrong(`${where} is not an acceptable Ed25519 key`);
  return key;
}

function list(where: string, json: unknown, max: number): readonly unknown[] {
  if (!Array.isArray(json)) throw new Wrong(`${where} must be a list`);
  if (json.length > max) throw new Wrong(`${where} must have at most ${max} entries`);
  return json;
}

type Keyed = { readonly key: PublicKey32 };

function distinct(where: string, items: readonly (Keyed | PublicKey32)[], field = '.key'): void {
  const first = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const name = toHex(item instanceof Uint8Array ? item : item.key);
    const before = first.get(name);
    if (before !== undefined) {
      throw new Wrong(
        `${where}[${index}]${field} is the same key twice: it stands in ${where}[${before}] too`,
      );
    }
    first.set(name, index);
  }
}

function has(items: readonly Keyed[], key: PublicKey32): boolean {
  return items.some((item) => compareBytes(item.key, key) === 0);
}
