/**
 * What of the events is told to whom, and how it is written: for whoever asks for a page (calls/events.ts), and for whoever
 * follows (live/). What is a reader's is for the keys in it alone.
 */
import { jsonAmount } from '../api/fields.ts';
import type { SentNote } from '../api/subscriptions.ts';
import { type ChainEvent, type EventKind, isEventKind, readersOf, shownFields } from '../chain/kind/event.ts';
import { file } from '../chain/queries.ts';
import type { StateView } from '../chain/state/state.ts';
import { equalBytes, toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, PublicKey32, Signature64, Tokens, UnixSeconds } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { admitHistory, missing } from './claim.ts';
import type { RpcContext } from './context.ts';
import type { EventPlace, PlacedEvent } from './event-ports.ts';
import type { Wanted } from './live/following.ts';
import type { RpcPorts } from './ports.ts';

/** To read the row of a block, and to look at an event of it, in milliseconds. */
export const BLOCK_COST = 0.02;
export const EVENT_LOOK_COST = 0.004;
export const PIECE = { blocks: limits.eventsPieceBlocks, events: limits.eventsPieceLooked };
/** What a piece costs at least, paid before it is begun. */
export const PIECE_COST = BLOCK_COST * PIECE.blocks;

/** As the contract of `events` says. */
export type ShownEvent = Extract<SentNote, { events: unknown }>['events'][number];
export type Asked = {
  readonly kinds?: string | undefined;
  readonly file?: Hash32 | undefined;
  readonly public_key?: PublicKey32 | undefined;
  readonly expires?: UnixSeconds | undefined;
  readonly signed_hash?: Signature64 | undefined;
};

/** Whoever names a key signs with it. reject("request.wrong-value" | "request.missing-field"), and those of `admitHistory`. */
export async function wantedOf(context: RpcContext, asked: Asked): Promise<Verdict<Wanted>> {
  const kinds = kindsIn(asked.kinds);
  if (kinds.kind !== 'accept') return kinds;
  const admitted = await admitReader(context, asked);
  if (admitted.kind !== 'accept') return admitted;
  const { file: hash, public_key: key } = asked;
  const names = kinds.value === undefined ? '' : [...kinds.value].sort().join();
  return accept({
    shape: key === undefined ? `${names} ${hash === undefined ? '' : toHex(hash)}` : undefined,
    is: (event) =>
      isFor(event, key) &&
      (kinds.value === undefined || kinds.value.has(event.kind)) &&
      (hash === undefined || isOfFile(event, hash)),
  });
}

/** @returns undefined for all. reject("request.wrong-value"). */
function kindsIn(text: string | undefined): Verdict<ReadonlySet<EventKind> | undefined> {
  if (text === undefined) return accept(undefined);
  const names = text.split(',');
  const known = names.filter(isEventKind);
  return known.length === names.length
    ? accept(new Set(known))
    : reject('request.wrong-value', { field: 'kinds', want: KINDS, detail: `kinds must be ${KINDS}.` });
}

const KINDS = 'names of kinds of events, joined by commas';

async function admitReader(context: RpcContext, asked: Asked): Promise<Verdict> {
  const { public_key: key, expires, signed_hash: signature } = asked;
  if (key !== undefined) return admitHistory(context, key, expires, signature);
  return expires === undefined && signature === undefined ? accept() : missing('public_key');
}

function isFor(event: ChainEvent, key: PublicKey32 | undefined): boolean {
  const readers = readersOf(event);
  return readers.length === 0 || (key !== undefined && readers.some((reader) => equalBytes(reader, key)));
}

function isOfFile(event: ChainEvent, hash: Uint8Array): boolean {
  return 'hash' in event && equalBytes(event.hash, hash);
}

/** Of a file that is not there any more nobody is told how it was called. */
export function inJson({ ledger }: Pick<RpcPorts, 'ledger'>, { at, time, event }: PlacedEvent): ShownEvent {
  const isHidden = event.kind === 'available' && nameOf(ledger.view(), event.hash) === undefined;
  const shown = isHidden ? shownFields(event).filter(([, type]) => type === 'hash') : shownFields(event);
  const fields = shown.map(([name, type, value]) => {
    if (value instanceof Uint8Array) return [name, toHex(value)];
    return [name, type === 'tokens' ? jsonAmount(value as Tokens) : value];
  });
  return { at: placeText(at), time, kind: event.kind, ...Object.fromEntries(fields) };
}

/** Of an available file. @returns undefined when it was taken down, or reset: its entry was false. */
export function nameOf(view: StateView, hash: Hash32): string | undefined {
  const found = file(view, hash);
  return found?.takenDown === false ? found.name : undefined;
}

export function placeText({ height, index }: EventPlace): string {
  return `${height}:${index}`;
}
