/** What somebody follows, in words that all of rpc/ shares. */
import type { ChainEvent } from '../../chain/kind/event.ts';
import type { UnixMs } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { EventPlace } from '../event-ports.ts';

/** Of all events, those that are asked for and may be told. */
export type Wanted = {
  is(event: ChainEvent): boolean;
  /** The same for all who may be told the same; undefined: it has what is a key's own. */
  readonly shape: string | undefined;
};

export type Following = {
  readonly from: EventPlace;
  readonly wanted: Wanted;
  /** When the signature ends that it has; undefined: it has none. */
  readonly until: UnixMs | undefined;
};

/** What one connection follows. */
export type Live = {
  /** @returns its name; it begins when that has been sent. reject("subscription.too-many"). */
  subscribe(following: Following): Verdict<string>;
  /** @returns the place before which all was told; undefined: there is none of that name. */
  unsubscribe(name: string): string | undefined;
};
