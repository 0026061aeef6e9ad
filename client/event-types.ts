/**
 * What a library tells of events, as a program sees it: a union by kind, derived from the registry of the chain. Types only: the
 * SDK carries no table of kinds, and a library may tell more of them one day. Which is for whom: docs/events.md.
 */
import type { Read } from '../api/calls.ts';
import type { EVENTS, EventFieldType, SaleOutcome } from '../chain/kind/event.ts';
import type { Tokens, UnixMs } from '../core/scalars.ts';

type Registry = typeof EVENTS;
type Kind = keyof Registry;
/** Hashes and keys are hex. */
type ShownAs<T extends EventFieldType> = T extends 'tokens'
  ? Tokens
  : T extends 'height' | 'version' | 'period'
    ? number
    : T extends 'outcome'
      ? SaleOutcome
      : string;
/** What is hidden is not told. */
type Shown<F> = { readonly [N in keyof F as F[N] extends EventFieldType ? N : never]: TypeOf<F[N]> };
type TypeOf<F> = F extends EventFieldType ? ShownAs<F> : never;
/** Of a file that is not there any more nobody is told how it was called. */
type Told<K extends Kind> = K extends 'available'
  ? Pick<Shown<Registry[K]>, Extract<'hash', keyof Shown<Registry[K]>>> & Partial<Shown<Registry[K]>>
  : Shown<Registry[K]>;

type Placed<K extends Kind> = {
  /** height:index */
  readonly at: string;
  /** Of its block, in milliseconds since 1970. */
  readonly time: UnixMs;
  readonly kind: K;
};
export type EventKind = Kind;
export type LedgerEvent<K extends Kind = Kind> = { [N in K]: Placed<N> & Told<N> }[K];

type OfReaders = { [K in Kind]: 'reader' extends Registry[K][keyof Registry[K]] ? K : never }[Kind];
/** An event of the key that asks. */
export type OwnEvent = LedgerEvent<OfReaders> & {
  /** Of the file, while it is there. */
  readonly name?: string;
  /** What it did to the tokens of the key, where the event says that. */
  readonly change?: bigint;
  /** 64 hex characters: `inclusion` proves it. Not told where it is another reader's, or not known any more. */
  readonly transaction?: string;
};

/** `next`: from where to read on, also when there is nothing yet. */
export type EventPage = Omit<Readonly<Read<'events'>>, 'events'> & {
  readonly events: readonly LedgerEvent[];
};
export type HistoryPage = {
  readonly items: readonly OwnEvent[];
  /** For the next page; undefined at the end. */
  readonly cursor: string | undefined;
  /** The first block of which this library keeps what it did. */
  readonly begins: number;
};
