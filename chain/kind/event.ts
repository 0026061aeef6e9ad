/**
 * What a block has changed, told to those who keep something beside the state. The registry: each kind of event once,
 * with what its fields are. A field of the type `reader` names a key whose affairs they are: the event is for the keys
 * in such fields alone. What is `hidden` is for this program only, whoever asks. That nothing else names a reader is held
 * by test/chain/kind/privacy.test.ts (docs/decisions/events.md).
 *
 * Rows of events are on disks (event-bytes.ts): a kind keeps its name, its fields and their order. Who has more to tell
 * adds a kind.
 */
import type { Hash32, Height, PublicKey32, Tokens } from '../../core/scalars.ts';
import type { Holder } from './field.ts';

export type SaleOutcome = 'settled' | 'released' | 'reclaimed';

/** What a field holds. A key is named after who holds it, as in transactions. */
type Values = { readonly [H in Holder]: PublicKey32 } & {
  readonly hash: Hash32;
  readonly text: string;
  readonly tokens: Tokens;
  readonly height: Height;
  /** Of the rules. */
  readonly version: number;
  /** Since 1970 (chain/state/day.ts). */
  readonly period: number;
  readonly outcome: SaleOutcome;
};
export type EventFieldType = keyof Values;
export type EventField = EventFieldType | { readonly hidden: EventFieldType };

export const EVENTS = {
  registered: { key: 'reader' },
  uploaded: { hash: 'hash', key: 'reader', name: 'text', size: 'tokens', sponsor: 'member' },
  // Everybody may know which library has read a file, and that it is there; not who brought it.
  attested: { hash: 'hash', uploader: { hidden: 'reader' }, node: 'member' },
  available: { hash: 'hash', uploader: { hidden: 'reader' }, name: 'text', size: 'tokens' },
  // What was paid on a card, of the size.
  purchased: { hash: 'hash', key: 'reader', size: 'tokens', card: 'tokens' },
  // The uploader learns that somebody has paid, not who.
  earned: { hash: 'hash', uploader: 'reader', amount: 'tokens' },
  'card-changed': {
    ...{ key: 'reader', sponsor: 'member', allowance: 'tokens', ceiling: 'tokens' },
    until: 'period',
  },
  transferred: { from: 'reader', to: 'reader', amount: 'tokens' },
  bought: { key: 'reader', amount: 'tokens', receipt: 'hash' },
  'sale-opened': { sale: 'hash', key: 'reader', amount: 'tokens' },
  'sale-closed': { sale: 'hash', key: 'reader', outcome: 'outcome' },
  proposed: { proposal: 'hash' },
  approved: { proposal: 'hash', authority: 'authority' },
  applied: { proposal: 'hash' },
  'taken-down': { hash: 'hash' },
  restored: { hash: 'hash' },
  // Where it is less than the size of the file it was all that the uploader had.
  reset: { hash: 'hash', taken: { hidden: 'tokens' } },
  'members-changed': {},
  'authorities-changed': {},
  'roles-changed': {},
  'parameters-changed': {},
  'upgrade-scheduled': { height: 'height', version: 'version' },
} as const satisfies { readonly [kind: string]: { readonly [name: string]: EventField } };

export type EventKind = keyof typeof EVENTS;
type ValueOf<F> = F extends EventFieldType
  ? Values[F]
  : F extends { readonly hidden: infer T extends EventFieldType }
    ? Values[T]
    : never;
type EventOf<K extends EventKind> = { readonly kind: K } & {
  readonly [N in keyof (typeof EVENTS)[K]]: ValueOf<(typeof EVENTS)[K][N]>;
};
/** A closed union. */
export type ChainEvent = { [K in EventKind]: EventOf<K> }[EventKind];

export const EVENT_KINDS: readonly EventKind[] = Object.keys(EVENTS).filter(isEventKind);

export function isEventKind(kind: string): kind is EventKind {
  return Object.hasOwn(EVENTS, kind);
}

/** Are events of this kind for the keys in them alone? */
export function isOfReaders(kind: EventKind): boolean {
  return eventFields(kind).some(([, field]) => field === 'reader');
}

/** All fields of a kind, in the order in which they are stored. */
export function eventFields(kind: EventKind): readonly (readonly [name: string, field: EventField])[] {
  return Object.entries<EventField>(EVENTS[kind]);
}

export function typeOfField(field: EventField): EventFieldType {
  return typeof field === 'string' ? field : field.hidden;
}

/** What may be shown of an event to those whom it is for, in the order of the registry. */
export function shownFields(
  event: ChainEvent,
): readonly (readonly [name: string, type: EventFieldType, value: unknown])[] {
  return eventFields(event.kind).flatMap(([name, field]) =>
    typeof field === 'string' ? [[name, field, Reflect.get(event, name)] as const] : [],
  );
}

/** The keys that an event is for. None: it is for everybody. */
export function readersOf(event: ChainEvent): readonly PublicKey32[] {
  return shownFields(event).flatMap(([, type, value]) => (type === 'reader' ? [value as PublicKey32] : []));
}
