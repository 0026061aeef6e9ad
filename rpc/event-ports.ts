/** What the HTTP layer needs of a node to tell what blocks have done; part of ports.ts. */
import type { ChainEvent } from '../chain/kind/event.ts';
import type { Code } from '../core/codes.ts';
import type { Hash32, Height, PublicKey32, UnixMs } from '../core/scalars.ts';

/** What final blocks have done, as far back as this library keeps it; in order, without a gap. */
export type Events = {
  /** The first block of which it is kept. */
  oldest(): Promise<Height>;
  /** @param wanted - left out: all others. @param most - of events in the page; and what is looked at for it. */
  read(
    from: EventPlace,
    wanted: (event: ChainEvent) => boolean,
    most: { readonly events: number; readonly looked: LookedAt },
  ): Promise<
    | {
        readonly kind: 'page';
        readonly events: readonly PlacedEvent[];
        readonly next: EventPlace;
        readonly looked: LookedAt;
      }
    | { readonly kind: 'pruned'; readonly oldest: Height }
  >;
  /**
   * Resolves with true once there is a block of this height, with false after so long, at once when too many wait, and when
   * nobody wants to know any more. @param whenGone - tells that; what it returns forgets it.
   */
  news(height: Height, ms: number, whenGone: WhenGone): Promise<boolean>;
  /** @param tell - called when there is a new block. @returns forgets it. */
  watch(tell: () => void): () => void;
  /**
   * What is for this key alone. `from`: that and what came after it, oldest first; `before`: what came before it, newest first.
   * @returns undefined while an index of it is being made.
   */
  own(
    key: PublicKey32,
    page: { readonly limit: number } & (
      | { readonly from: EventPlace }
      | { readonly before: EventPlace | undefined }
    ),
  ): Promise<readonly OwnEvent[] | undefined>;
};
/** Hears what becomes of those who follow over a WebSocket. */
export type Subscriptions = {
  began(): void;
  /** @param code - undefined: its client has ended it, or has gone. */
  ended(code: Code | undefined): void;
};
/** @returns forgets `tell`, which is called when the client has hung up. */
export type WhenGone = (tell: () => void) => () => void;
export type EventPlace = { readonly height: Height; readonly index: number };
export type PlacedEvent = { readonly at: EventPlace; readonly time: UnixMs; readonly event: ChainEvent };
type LookedAt = { readonly blocks: number; readonly events: number };
/** `transaction`: the id of what did it, where that is known and no other reader's. */
export type OwnEvent = PlacedEvent & { readonly transaction: Hash32 | undefined };
