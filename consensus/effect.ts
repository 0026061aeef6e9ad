/**
 * What the consensus machine may ask for: a closed union. The caller carries the effects of one step out in
 * order; every `persist` must be durable before any later `send` or `broadcast` leaves (one fsync may cover
 * many steps). A caller that sends first breaks safety, not only liveness.
 */
import type { Bytes } from '../core/bytes.ts';
import type { Hash32 } from '../core/scalars.ts';
import type { BlockRef } from './block-ref.ts';
import type { Timer } from './input.ts';
import type { Evidence, Finalization, Message } from './messages.ts';

export type Effect =
  /** Append to the journal. `view` tells the caller when the record may be forgotten: below a durable finalised view. */
  | { readonly kind: 'persist'; readonly view: number; readonly record: Bytes }
  /** To every other authority. */
  | { readonly kind: 'broadcast'; readonly message: Message }
  | { readonly kind: 'send'; readonly to: number; readonly message: Message }
  | { readonly kind: 'set-timer'; readonly timer: Timer; readonly delayMs: number }
  | { readonly kind: 'cancel-timer'; readonly timer: Timer }
  /** We lead this view and a block is due: build a child of `parent`, make it durable, answer `built`. */
  | {
      readonly kind: 'build';
      readonly view: number;
      readonly parent: { readonly hash: Hash32; readonly height: number };
      /** An unfinalised block is pending: a block is wanted even if it holds nothing. */
      readonly evenEmpty: boolean;
    }
  /**
   * Obtain the body (`leader` has it; of a notarised block others have it too), execute it, make it durable,
   * answer `verdict`. Its parent is executed here already, unless this is a restart (then in order). A body that
   * cannot be had gets no answer; the machine asks again, also while the caller is still at it.
   */
  | { readonly kind: 'validate'; readonly view: number; readonly leader: number; readonly block: BlockRef }
  /** The block of this certificate and all its ancestors are final. The caller may lack bodies; then it synchronises. */
  | { readonly kind: 'finalise'; readonly certificate: Finalization }
  /** Two statements of one authority that exclude each other. */
  | { readonly kind: 'accuse'; readonly evidence: Evidence };
