/**
 * What the state says about the federation itself: members, authorities, roles, parameters.
 * Stored as DAG-CBOR; no rule lives here but the size of a quorum.
 */
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import { decodeOwn, type Encodable, encode } from '../../core/codec.ts';
import type { Height, PublicKey32 } from '../../core/scalars.ts';
import * as keys from '../state/keys.ts';
import type { Draft, StateView } from '../state/state.ts';
import type { Member } from './member.ts';
import type { Parameters } from './parameters.ts';

/** How many of `count` authorities decide: count − ⌊(count − 1) / 3⌋ (consensus/SPEC.md, "Words"). */
export function quorumOf(count: number): number {
  return count - Math.floor((count - 1) / 3);
}

/** In the order in which they joined. */
export function memberKeys(view: StateView): readonly PublicKey32[] {
  return read<PublicKey32[]>(view, keys.MEMBER_KEYS);
}

export function putMemberKeys(draft: Draft, members: readonly PublicKey32[]): void {
  draft.put(keys.MEMBER_KEYS, encode(members));
}

export function member(view: StateView, key: PublicKey32): Member | undefined {
  const bytes = view.get(keys.memberKey(key));
  return bytes && decodeOwn<Member>(bytes);
}

export function isMember(view: StateView, key: PublicKey32): boolean {
  return view.get(keys.memberKey(key)) !== undefined;
}

export function putMember(draft: Draft, value: Member): void {
  draft.put(keys.memberKey(value.key), encode(value));
}

export function deleteMember(draft: Draft, key: PublicKey32): void {
  draft.delete(keys.memberKey(key));
}

export type Authorities = {
  /** Sorted by bytes; the set that signs the next block. */
  readonly keys: readonly PublicKey32[];
  /** The block that made this set. */
  readonly since: Height;
};

export function authoritySet(view: StateView): Authorities {
  const [set, since] = read<[PublicKey32[], Height]>(view, keys.AUTHORITIES);
  return { keys: set, since };
}

export function isAuthority(view: StateView, key: PublicKey32): boolean {
  return authoritySet(view).keys.some((authority) => equalBytes(authority, key));
}

export function putAuthorities(draft: Draft, value: Authorities): void {
  draft.put(keys.AUTHORITIES, encode([value.keys, value.since]));
}

export function hasBilling(view: StateView, key: PublicKey32): boolean {
  return view.get(keys.billingKey(key)) !== undefined;
}

export function putBilling(draft: Draft, key: PublicKey32, granted: boolean): void {
  if (granted) draft.put(keys.billingKey(key), encode(true));
  else draft.delete(keys.billingKey(key));
}

export function parameters(view: StateView): Parameters {
  return read<Parameters>(view, keys.PARAMETERS);
}

export function putParameters(draft: Draft, value: Parameters): void {
  draft.put(keys.PARAMETERS, encode(value));
}

/** An entry that genesis has written and nobody deletes. */
function read<T extends Encodable>(view: StateView, key: Bytes): T {
  const bytes = view.get(key);
  assert(bytes !== undefined, 'genesis wrote this entry');
  return decodeOwn<T>(bytes);
}
