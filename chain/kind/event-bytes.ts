/**
 * What a block did, as a node keeps it: DAG-CBOR `[time, [[kind, …fields in the order of the registry], …]]`; and one event, as
 * it stands in the history of a key: `[time, id or null, [kind, …fields]]`.
 */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import { decodeOwn, type Encodable, encode } from '../../core/codec.ts';
import type { Hash32, UnixMs } from '../../core/scalars.ts';
import { type ChainEvent, eventFields, isEventKind, typeOfField } from './event.ts';

export type EventRow = {
  /** Of the block: nobody reads two megabytes to tell when it was. */
  readonly time: UnixMs;
  /** In the order in which they happened. */
  readonly events: readonly ChainEvent[];
};
export type HistoryRow = {
  readonly time: UnixMs;
  /** Id of the transaction that did it; undefined where another reader's has, and where it was not known any more. */
  readonly transaction: Hash32 | undefined;
  readonly event: ChainEvent;
};
type StoredEvent = [kind: string, ...values: Encodable[]];

export function encodeEvents({ time, events }: EventRow): Bytes {
  return encode([time, events.map(stored)]);
}

/** @throws when the store has damaged it, AssertionFailed for what a newer program has written. */
export function decodeEvents(bytes: Bytes): EventRow {
  const [time, rows] = decodeOwn<[UnixMs, StoredEvent[]]>(bytes);
  return { time, events: rows.map(eventIn) };
}

export function encodeHistoryRow({ time, transaction, event }: HistoryRow): Bytes {
  return encode([time, transaction ?? null, stored(event)]);
}

/** @throws as `decodeEvents`. */
export function decodeHistoryRow(bytes: Bytes): HistoryRow {
  const [time, id, row] = decodeOwn<[UnixMs, Hash32 | null, StoredEvent]>(bytes);
  return { time, transaction: id ?? undefined, event: eventIn(row) };
}

function stored(event: ChainEvent): StoredEvent {
  const values = eventFields(event.kind).map(([name]) => Reflect.get(event, name) as Encodable);
  return [event.kind, ...values];
}

function eventIn([kind, ...values]: StoredEvent): ChainEvent {
  assert(isEventKind(kind), 'a stored event is of a kind that we know');
  const fields = eventFields(kind);
  assert(values.length === fields.length, 'a stored event has the fields of its kind');
  const named = fields.map(([name, field], index) => {
    const value = values[index]!;
    // Small ones come back as numbers.
    return [name, typeOfField(field) === 'tokens' ? BigInt(value as number | bigint) : value];
  });
  return { kind, ...Object.fromEntries(named) } as ChainEvent;
}
