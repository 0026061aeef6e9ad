/**
 * Whom this node connects to: the members that its ledger knows, and those that its operator has named. A new
 * library whose genesis is old may know no member that is still there; the named one is admitted until the ledger
 * has caught up and knows it as a member. From then on the ledger alone decides, as for everybody: also after a
 * restart, whatever still stands in a service file, so who was a member once is remembered.
 */
import { assert } from '../../core/assert.ts';
import { toHex } from '../../core/bytes.ts';
import { decode, encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import type { MemberAddress, PeerKey, Store, StoreWrite } from '../../core/ports.ts';
import { metaKey } from '../../store/keyspaces.ts';

const MET = metaKey('peers-met');

export class KnownPeers {
  readonly #named = new Map<string, MemberAddress>();
  /** Named, and not yet seen in the ledger. */
  readonly #awaited: Set<string>;

  /** @param met - of an earlier run: those that the ledger has known. */
  constructor(named: readonly MemberAddress[], met: readonly PeerKey[] = []) {
    for (const { key, addresses } of named) {
      const before = this.#named.get(toHex(key))?.addresses ?? [];
      this.#named.set(toHex(key), { key, addresses: [...before, ...addresses] });
    }
    this.#awaited = new Set(this.#named.keys());
    for (const key of met) this.#awaited.delete(toHex(key));
  }

  /** Named, and known to the ledger once. */
  met(): readonly PeerKey[] {
    return [...this.#named].filter(([name]) => !this.#awaited.has(name)).map(([, { key }]) => key);
  }

  /** @param members - of the ledger, now. @returns whom to connect to, and where; what the operator says comes first. */
  beside(members: readonly MemberAddress[]): readonly MemberAddress[] {
    const known = members.map(({ key, addresses }) => {
      const name = toHex(key);
      this.#awaited.delete(name);
      return { key, addresses: [...(this.#named.get(name)?.addresses ?? []), ...addresses] };
    });
    return [...known, ...[...this.#awaited].map((name) => this.#named.get(name)!)];
  }
}

export function readMet(store: Pick<Store, 'get'>): readonly PeerKey[] {
  const bytes = store.get(MET);
  if (bytes === undefined) return [];
  const met = decode(bytes, limits.frameBytesMax);
  assert(met.kind === 'accept' && Array.isArray(met.value), 'a stored list of peers decodes');
  return met.value as PeerKey[];
}

export function metWrite(met: readonly PeerKey[]): StoreWrite {
  return { type: 'put', key: MET, value: encode(met) };
}
