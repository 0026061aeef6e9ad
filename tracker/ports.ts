/**
 * What the tracker needs from the rest of the node. It keeps no rights and no member list of its own: `Rights` asks
 * the ledger's head state at every announce, so that a revoked right ends at once.
 */
import type { Address } from '../core/address.ts';
import type { Code } from '../core/codes.ts';
import type { Hash32, InfoHash20, PublicKey32, Signature64 } from '../core/scalars.ts';
import type { SwarmRight } from '../torrent/peers.ts';

/** The ledger's head state. Every call is a synchronous look-up; none may throw. */
export type Rights = {
  right(key: PublicKey32, file: Hash32): SwarmRight;
  isMember(key: PublicKey32): boolean;
  /** Is it the key of this library? */
  isSelf(key: PublicKey32): boolean;
  /** With bytes brought or bought: of those who bring a file he has places that strangers have not. */
  hasPaid(key: PublicKey32): boolean;
  /** Is this an address of that member? Its pass goes over the wire in plain text, and is good from there only. */
  memberAt(key: PublicKey32, address: Address): boolean;
  /**
   * Of the available file; else of this key's pending upload; else, for a member's key, of every pending
   * upload of the file (its archive has to fetch them). Empty when the ledger knows none.
   */
  infoHashes(file: Hash32, key: PublicKey32): readonly InfoHash20[];
  takenDown(file: Hash32): boolean;
};

/** By which names this library goes (http/host-name.ts). */
export type TrackerNames = {
  /** @param host - lower case, without port; addresses and localhost are never asked for. */
  isOwn(host: string): boolean;
};

/** The key of this node. The secret stays outside of the tracker. */
export type PassIssuer = {
  readonly key: PublicKey32;
  sign(text: string): Signature64;
};

/** Where the outcome of each announce and scrape is counted: never by key, file or pass. */
export type TrackerMetrics = {
  announced(outcome: Code | 'served'): void;
  scraped(outcome: Code | 'served'): void;
};
