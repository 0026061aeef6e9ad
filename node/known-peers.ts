/**
 * Whom this node connects to: the members that its ledger knows, and those that its operator has named. A new
 * library whose genesis is old may know no member that is still there; the named one is admitted until the ledger
 * has caught up and knows it as a member. From then on the ledger alone decides, as for everybody.
 */
import { toHex } from '../core/bytes.ts';
import type { MemberAddress } from '../core/ports.ts';

export class KnownPeers {
  readonly #named = new Map<string, MemberAddress>();
  /** Named, and not yet seen in the ledger. */
  readonly #awaited: Set<string>;

  constructor(named: readonly MemberAddress[]) {
    for (const { key, addresses } of named) {
      const before = this.#named.get(toHex(key))?.addresses ?? [];
      this.#named.set(toHex(key), { key, addresses: [...before, ...addresses] });
    }
    this.#awaited = new Set(this.#named.keys());
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
