/**
 * What may happen to the consensus machine: a closed union. Time comes in with each input as `now`
 * (milliseconds); answers to effects come back as inputs.
 */
import type { UnixMs } from '../core/scalars.ts';
import type { BlockRef } from './block-ref.ts';
import type { Finalization, Message } from './messages.ts';

export type { BlockRef } from './block-ref.ts';

/** The clocks of the machine: at most one of each name runs at a time. */
export type Timer = 'leader' | 'advance' | 'resend' | 'standstill';

export type Input =
  /** Once, first: everything that was restored is in the state; resume. */
  | { readonly kind: 'start'; readonly now: UnixMs }
  /** An admitted message (signatures and membership checked by `admit`). `from` = index of the authority whose link brought it. */
  | { readonly kind: 'message'; readonly from: number; readonly message: Message; readonly now: UnixMs }
  | { readonly kind: 'timer'; readonly timer: Timer; readonly now: UnixMs }
  /**
   * Answer to `build`: the body is durable and executed here. A caller that finds nothing to put into a block
   * which need not be empty (`evenEmpty` false) answers `work` with `due: false` instead.
   */
  | {
      readonly kind: 'built';
      readonly view: number;
      readonly block: BlockRef;
      readonly seals: boolean;
      readonly now: UnixMs;
    }
  /** Answer to `validate`. Missing data is no verdict: then the answer waits. A valid body is durable and executed here. */
  | {
      readonly kind: 'verdict';
      /** As the effect named it. False when the header of that hash has another parent or height. */
      readonly block: BlockRef;
      readonly valid: boolean;
      /** The view that the block itself names as its own. Of an invalid one nobody asks. */
      readonly madeIn: number;
      /** The block ends the epoch: it changes the set of authorities. */
      readonly seals: boolean;
      readonly now: UnixMs;
    }
  /** An authority has come within reach: it may have what nobody could give us so far. */
  | { readonly kind: 'met'; readonly now: UnixMs }
  /** A block is due (the pool is not empty, or the heartbeat has passed), or no longer due. */
  | { readonly kind: 'work'; readonly due: boolean; readonly now: UnixMs }
  /** The ledger committed up to here by synchronisation, with this certificate. */
  | {
      readonly kind: 'synced';
      readonly certificate: Finalization;
      readonly block: BlockRef;
      /** The block ends the epoch. */
      readonly seals: boolean;
      readonly now: UnixMs;
    };
