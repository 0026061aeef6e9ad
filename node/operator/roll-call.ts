/** @pure Who of the authorities is there, by name: for people who look for the missing ones. Holds no rule. */
import { authorities } from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { quorum } from '../../consensus/quorum.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { PeerKey } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import type { EngineRole } from '../engine/role.ts';
import { nameOf } from '../ledger/member-name.ts';

export type RollCall = {
  /** So many must sign. */
  readonly needed: number;
  readonly answering: number;
  /** By name, in the order of the keys. */
  readonly missing: readonly string[];
};
type Seen = {
  /** Of this library. */
  readonly self: PublicKey32;
  readonly role: EngineRole;
  /** It has signed something lately. Only authorities are told. */
  hasSpoken(authority: PeerKey): boolean;
  isConnected(authority: PeerKey): boolean;
};

export function callTheRoll(view: StateView, { self, role, hasSpoken, isConnected }: Seen): RollCall {
  const keys = authorities(view);
  const isOurs = (key: PublicKey32): boolean => equalBytes(key, self);
  const isHeard = keys.some(isOurs) ? hasSpoken : isConnected;
  const missing = keys.filter((key) => (isOurs(key) ? role !== 'authority' : !isHeard(key)));
  return {
    needed: quorum(keys.length),
    answering: keys.length - missing.length,
    missing: missing.map((key) => nameOf(view, key) + (isOurs(key) ? ` (this library: ${role})` : '')),
  };
}
