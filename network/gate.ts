/**
 * Who may connect: members, and nobody else. The decision alone; libp2p.ts asks it after the handshake has
 * proved the key and before any stream is opened. Holds keys only, never a connection.
 */
import { toHex } from '../core/bytes.ts';
import type { PeerKey } from '../core/ports.ts';

export type Gate = {
  admits(key: PeerKey | undefined): boolean;
  /** From now on these are the members. A node is never its own peer. */
  set(members: readonly { readonly key: PeerKey }[]): void;
};

/** @param self - the key of this node. */
export function createGate(self: PeerKey, members: readonly { readonly key: PeerKey }[]): Gate {
  const own = toHex(self);
  let admitted = new Set<string>();
  const gate: Gate = {
    admits: (key) => key !== undefined && admitted.has(toHex(key)),
    set(next) {
      admitted = new Set(next.map((member) => toHex(member.key)));
      admitted.delete(own);
    },
  };
  gate.set(members);
  return gate;
}
