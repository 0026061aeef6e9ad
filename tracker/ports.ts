/**
 * What the tracker and the archive need from the rest of the node. They keep no rights and no member list of
 * their own: `Rights` asks the ledger's head state at every announce, so that a revoked right ends at once.
 */
import type { Address } from '../core/address.ts';
import type { Code } from '../core/codes.ts';
import type { Hash32, InfoHash20, PublicKey32, Signature64 } from '../core/scalars.ts';
import type { Endpoint } from '../torrent/compact-peers.ts';

/** What a key is to a file: see `gate.ts`. */
export type Right = 'reader' | 'intake' | 'member' | 'none';
/** A right that opens the door. */
export type Role = Exclude<Right, 'none'>;

/** The ledger's head state. Every call is a synchronous look-up; none may throw. */
export type Rights = {
  right(key: PublicKey32, file: Hash32): Right;
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

/** The key of this node. The secret stays outside of the tracker. */
export type Identity = {
  readonly key: PublicKey32;
  sign(text: string): Signature64;
};

/** Where the outcome of each announce and scrape is counted: never by key, file or pass. */
export type TrackerMetrics = {
  announced(outcome: Code | 'served'): void;
  scraped(outcome: Code | 'served'): void;
};

/** Somebody with a right has announced for a file. Told to the archive, which may then seed or fetch it. */
export type Want = {
  readonly file: Hash32;
  readonly infoHash: InfoHash20;
  readonly role: Role;
  /** The peer has the whole file. */
  readonly complete: boolean;
  /** Where it says that others reach it, at the address that the tracker saw. */
  readonly at: Endpoint;
  /** As in `Known`. */
  readonly by: string | undefined;
};

/** A key (hex) that has announced. */
export type Known = {
  readonly key: string;
  readonly role: Role;
  /** The other member (hex) whose pass it has shown: any member can make some for any key. undefined: a pass of this library. */
  readonly by: string | undefined;
};

/** Who is in the swarms of this library's tracker, for its archive: the gate is asked anew at every call. */
export type Presence = {
  /**
   * As what somebody at this address — with `port`: exactly there — is in a swarm of the file now. `intake` only when
   * nobody there is more.
   */
  roleAt(file: Hash32, address: Address, port?: number): Role | undefined;
  /**
   * Whose peers are at this address — with `port`: exactly there — in a swarm of the file, and as what each is there now.
   * Of whoever shakes hands with the id (hex) with which one of them has announced, that one alone.
   */
  whoAt(file: Hash32, address: Address, port?: number, peerId?: string): readonly Known[];
  /** The swarms of the file in which somebody waits for its bytes. */
  waiting(file: Hash32): readonly InfoHash20[];
  takenDown(file: Hash32): boolean;
};

/** A peer of somebody who brings a file has announced, with the pass that this library has issued to this key. */
export type Seeding = {
  readonly file: Hash32;
  readonly subject: PublicKey32;
  /** Where it says that others reach it, at the address that the tracker saw. */
  readonly at: Endpoint;
};
