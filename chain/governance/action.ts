/**
 * What the authorities may decide together (docs/ledger.md, "Kinds": propose, approve). A closed union;
 * whether an action fits the present state is decided when it is applied (chain/governance/govern.ts), not here.
 */
import { compareBytes, isBytes, toHex } from '../../core/bytes.ts';
import { encode, hasExactly } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  type Height,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  parseCount,
} from '../../core/scalars.ts';
import { type Member, parseMember } from '../federation/member.ts';
import { type Parameters, parametersMistake, parseParameters } from '../federation/parameters.ts';
import { type Field, WRONG } from '../kind/field.ts';
import { parseSeats, type Seat } from './seat.ts';

export type Role = 'billing';

export type Action =
  | { readonly kind: 'add-member'; readonly member: Member }
  | { readonly kind: 'update-member'; readonly member: Member }
  | { readonly kind: 'remove-member'; readonly key: PublicKey32 }
  /** The whole new set, sorted by bytes, 1 … 30 members; a seat for each key that is not an authority yet. */
  | {
      readonly kind: 'set-authorities';
      readonly keys: readonly PublicKey32[];
      readonly seats: readonly Seat[];
    }
  | { readonly kind: 'grant-role'; readonly key: PublicKey32; readonly role: Role }
  | { readonly kind: 'revoke-role'; readonly key: PublicKey32; readonly role: Role }
  | { readonly kind: 'set-parameters'; readonly parameters: Parameters }
  | { readonly kind: 'take-down'; readonly hash: Hash32 }
  | { readonly kind: 'restore'; readonly hash: Hash32 }
  /** A false entry goes, and what it minted is taken back as far as the balance reaches. */
  | { readonly kind: 'reset-file'; readonly hash: Hash32 }
  /** From this height on blocks follow the rules of this version: the present one (nothing is scheduled any more) or, with notice, the next. */
  | { readonly kind: 'upgrade'; readonly height: Height; readonly version: number };

/** @returns undefined unless `value` is exactly one of the actions of these rules, with every field within its bounds. */
export function parseAction(value: unknown, version: number): Action | undefined {
  const action = parseAny(value, version);
  return action !== undefined && SINCE[action.kind] <= version ? action : undefined;
}

function parseAny(value: unknown, version: number): Action | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return undefined;
  const { kind } = value;
  switch (kind) {
    case 'add-member':
    case 'update-member': {
      const member = hasExactly(value, ['kind', 'member']) ? parseMember(value.member) : undefined;
      return member && { kind, member };
    }
    case 'remove-member':
      return hasExactly(value, ['kind', 'key']) && isKey(value.key) ? { kind, key: value.key } : undefined;
    case 'set-authorities': {
      if (!hasExactly(value, ['kind', 'keys', 'seats'])) return undefined;
      const keys = parseAuthorities(value.keys);
      const seats = parseSeats(value.seats);
      return keys && seats && { kind, keys, seats };
    }
    case 'grant-role':
    case 'revoke-role': {
      if (!hasExactly(value, ['kind', 'key', 'role'])) return undefined;
      return isKey(value.key) && value.role === 'billing'
        ? { kind, key: value.key, role: value.role }
        : undefined;
    }
    case 'set-parameters': {
      const parameters = hasExactly(value, ['kind', 'parameters'])
        ? parseParameters(value.parameters, version)
        : undefined;
      return parameters && { kind, parameters };
    }
    case 'take-down':
    case 'restore':
    case 'reset-file':
      return hasExactly(value, ['kind', 'hash']) && isBytes(value.hash, HASH_BYTES)
        ? { kind, hash: value.hash }
        : undefined;
    case 'upgrade': {
      if (!hasExactly(value, ['kind', 'height', 'version'])) return undefined;
      const height = parseCount(value.height);
      const version = parseCount(value.version);
      return height !== undefined && version !== undefined ? { kind, height, version } : undefined;
    }
    default:
      return undefined;
  }
}

/** In a signed text by the SHA-256 of its canonical encoding. */
export const actionField: Field<Action> = {
  shape: { is: 'action' },
  since: 1,
  read: (value, version) => parseAction(value, version) ?? WRONG,
  write: (action) => action,
  words: (action) => [toHex(sha256(encode(action)))],
  isOfVersion: isActionOf,
};

/** The version of the rules that each is in force from. */
const SINCE: { readonly [K in Action['kind']]: number } = {
  'add-member': 1,
  'update-member': 1,
  'remove-member': 1,
  'set-authorities': 1,
  'grant-role': 1,
  'revoke-role': 1,
  'set-parameters': 1,
  'take-down': 1,
  restore: 1,
  'reset-file': 1,
  upgrade: 1,
};

/** Is an action that was read by the rules of another version one by those of this version, too? */
export function isActionOf(action: Action, version: number): boolean {
  if (SINCE[action.kind] > version) return false;
  return action.kind !== 'set-parameters' || parametersMistake('', action.parameters, version) === undefined;
}

/** @returns undefined unless `value` is a list of 1 … 30 keys, strictly ascending by bytes. */
export function parseAuthorities(value: unknown): readonly PublicKey32[] | undefined {
  if (!Array.isArray(value) || value.length < 1 || value.length > limits.authoritiesMax) return undefined;
  const keys: PublicKey32[] = [];
  for (const key of value) {
    const last = keys.at(-1);
    if (!isKey(key) || (last !== undefined && compareBytes(last, key) >= 0)) return undefined;
    keys.push(key);
  }
  return keys;
}

function isKey(value: unknown): value is PublicKey32 {
  return isBytes(value, PUBLIC_KEY_BYTES);
}
