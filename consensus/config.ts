/**
 * What a machine is told once: which chain and epoch, who may vote, who we are, and how to sign.
 * The two functions are pure to the machine: Ed25519 is deterministic (RFC 8032).
 */
import type { Hash32, Height, PublicKey32, Signature64 } from '../core/scalars.ts';
import type { BlockRef } from './block-ref.ts';
import type { Finalization } from './messages.ts';

export type Timing = {
  /** Δ: how long a message takes between two authorities in bad but bearable weather. */
  readonly deltaMs: number;
  /**
   * The caller holds `built` back for so long, so every timeout must be longer by it. It may change while the machine
   * runs: timers that are armed from then on follow it. Nothing but timers depends on it.
   */
  readonly blockIntervalMs: number;
};

/** Enough to judge a certificate: also what a light client and the synchroniser have. */
export type Committee = {
  readonly chainId: Hash32;
  readonly epoch: number;
  /** 1 … 30 keys, ascending by bytes; the index is the authority's number. */
  readonly authorities: readonly PublicKey32[];
  /** @param hash - 32 bytes, `signingHash` of the statement. */
  readonly verify: (publicKey: PublicKey32, hash: Hash32, signature: Signature64) => boolean;
};

export type ConsensusConfig = Committee & {
  /** Our number; undefined = observer: follows, never signs. */
  readonly self: number | undefined;
  /** The block that the first block of this epoch builds on: genesis or the sealing block. It stands for view 0. */
  readonly root: { readonly hash: Hash32; readonly height: Height };
  readonly sign: (hash: Hash32) => Signature64;
  readonly timing: Timing;
};

/** What the disk remembers. */
export type Restored = {
  /** The head of the ledger, if it is a block of this epoch other than the root. */
  readonly floor:
    | {
        readonly certificate: Finalization;
        readonly block: BlockRef;
        /** It ends the epoch: then this machine only answers. */
        readonly seals: boolean;
      }
    | undefined;
  /** Every record that `persist` asked to keep and that has not been pruned, in order. */
  readonly journal: readonly Uint8Array[];
  /** Amnesia fence: propose, notarise and finalise nothing in views up to this one. For a node that lost its journal. */
  readonly fence?: number;
  /** In views up to this one our key may have signed Finalize, for all that we know. The fence, unless it is given. */
  readonly doubt?: number;
};
