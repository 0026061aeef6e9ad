/**
 * What a tracker and an archive say to each other of the peers of a file. Neither imports the other: the node joins them,
 * and these are their words. The archive is told who is in the swarms (`Presence`), what is wanted (`Want`) and who brings
 * what (`Seeding`). Pure.
 */
import type { Address } from '../core/address.ts';
import type { Hash32, InfoHash20, PublicKey32 } from '../core/scalars.ts';
import type { Endpoint } from './compact-peers.ts';

/** What a key is to a file: see tracker/gate.ts. */
export type SwarmRight = 'reader' | 'intake' | 'member' | 'none';
/** A right that opens the door. */
export type SwarmRole = Exclude<SwarmRight, 'none'>;

/** Somebody with a right has announced for a file. Told to the archive, which may then seed or fetch it. */
export type Want = {
  readonly file: Hash32;
  readonly infoHash: InfoHash20;
  readonly role: SwarmRole;
  /** The peer has the whole file. */
  readonly complete: boolean;
  /** Where it says that others reach it, at the address that the tracker saw. */
  readonly at: Endpoint;
  /** As in `KnownPeer`. */
  readonly by: string | undefined;
};

/** A key (hex) that has announced. */
export type KnownPeer = {
  readonly key: string;
  readonly role: SwarmRole;
  /** The other member (hex) whose pass it has shown: any member can make some for any key. undefined: a pass of this library. */
  readonly by: string | undefined;
};

/** Who is in the swarms of this library's tracker, for its archive: the gate is asked anew at every call. */
export type Presence = {
  /**
   * As what somebody at this address — with `port`: exactly there — is in a swarm of the file now. `intake` only when
   * nobody there is more.
   */
  roleAt(file: Hash32, address: Address, port?: number): SwarmRole | undefined;
  /**
   * Whose peers are at this address — with `port`: exactly there — in a swarm of the file, and as what each is there now.
   * Of whoever shakes hands with the id (hex) with which one of them has announced, that one alone.
   */
  whoAt(file: Hash32, address: Address, port?: number, peerId?: string): readonly KnownPeer[];
  /** Who has announced from this address with this id (hex). undefined: nobody who is let in. */
  byId(file: Hash32, address: Address, peerId: string): KnownPeer | undefined;
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
