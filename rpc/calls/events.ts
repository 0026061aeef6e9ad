/**
 * `events`: what final blocks have done, a page at a time, as far as it is paid for; a page with nothing in it may wait for the
 * next block. Nobody has a queue here: who follows is a position, and asks from there. What is a reader's is for the keys in
 * it alone.
 */
import { CALLS, type Fields } from '../../api/calls.ts';
import { jsonAmount } from '../../api/fields.ts';
import {
  type ChainEvent,
  type EventKind,
  isEventKind,
  readersOf,
  shownFields,
} from '../../chain/kind/event.ts';
import { file } from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, Height, PublicKey32, Tokens } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitHistory } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { EventPlace, PlacedEvent } from '../ports.ts';

/** To read the row of a block, and to look at an event of it, in milliseconds. */
const BLOCK_COST = 0.02;
const LOOK_COST = 0.004;
/** What a piece costs at least, paid before it is begun; the first one is in the price of the call. */
const PIECE_COST = BLOCK_COST * limits.eventsPieceBlocks;
const PIECE = { blocks: limits.eventsPieceBlocks, events: limits.eventsPieceLooked };

type Shown = AnswerTo<'events'>['value'];
type Wanted = (event: ChainEvent) => boolean;
type Found = { readonly events: readonly PlacedEvent[]; readonly next: EventPlace };

export async function events(
  context: RpcContext,
  fields: Fields<'events'>,
): Promise<Verdict<AnswerTo<'events'>>> {
  const kinds = kindsIn(fields.kinds);
  if (kinds.kind !== 'accept') return kinds;
  const admitted = await admitReader(context, fields);
  if (admitted.kind !== 'accept') return admitted;
  const { events: feed, ledger, clock } = context.ports;
  const { file: hash, public_key: key, expires, limit, wait } = fields;
  const wanted = (event: ChainEvent): boolean =>
    isFor(event, key) &&
    (kinds.value === undefined || kinds.value.has(event.kind)) &&
    (hash === undefined || isOfFile(event, hash));
  // What is a key's own is told no longer than its signature is good.
  const untilMs = Math.min(clock.now() + 1_000 * wait, 1_000 * (expires ?? Number.MAX_SAFE_INTEGER));
  for (let from = fields.from ?? { height: await feed.oldest(), index: 0 }; ; ) {
    const page = await readPage(context, from, wanted, limit);
    if (page.kind !== 'accept') return page;
    const { events: found, next } = page.value;
    const { height: head } = ledger.head();
    const leftMs = untilMs - clock.now();
    const told = { events: await shown(context, found), next: placeText(next), head };
    if (found.length > 0 || next.height <= head || leftMs <= 0) return accept({ kind: 'json', value: told });
    const came = await context.events.wait(context.queue, () =>
      feed.news(next.height, leftMs, context.whenGone),
    );
    if (came === undefined) {
      return accept({ kind: 'json', value: { ...told, pause: limits.eventsPauseMs / 1_000 } });
    }
    if (!came) return accept({ kind: 'json', value: told });
    from = next;
  }
}

/** As much of it as is paid for, in pieces. reject("events.pruned" | "request.too-many"). */
async function readPage(
  context: RpcContext,
  from: EventPlace,
  wanted: Wanted,
  limit: number,
): Promise<Verdict<Found>> {
  const { ports, queue, pay, charge, whenGone } = context;
  const found: PlacedEvent[] = [];
  let isGone = false;
  const forget = whenGone(() => {
    isGone = true;
  });
  try {
    let next = from;
    for (let blocks = 0; blocks < limits.eventsBlocksMax; ) {
      if (blocks > 0 && pay(PIECE_COST).kind !== 'accept') break;
      const most = { events: limit - found.length, looked: PIECE };
      const at = next;
      const piece = await context.events.read(queue, () => ports.events.read(at, wanted, most));
      if (piece.kind !== 'accept') return piece;
      if (piece.value.kind === 'pruned') {
        if (found.length > 0) break; // it goes while one reads
        return pruned(piece.value.oldest);
      }
      const { events: more, looked } = piece.value;
      found.push(...more);
      next = piece.value.next;
      blocks += Math.max(1, looked.blocks);
      const spent = BLOCK_COST * looked.blocks + LOOK_COST * looked.events;
      const paid = blocks === looked.blocks ? CALLS.events.cost : PIECE_COST;
      if (spent > paid) charge(spent - paid);
      const isAtEnd =
        found.length >= limit || looked.blocks === 0 || next.height > ports.ledger.head().height;
      if (isAtEnd || isGone) break;
    }
    return accept({ events: found, next });
  } finally {
    forget();
  }
}

function pruned(oldest: Height): Verdict<never> {
  return { ...reject('events.pruned', `What is kept begins with block ${oldest}.`), facts: { oldest } };
}

/** @returns undefined for all. reject("request.wrong-value"). */
function kindsIn(text: string | undefined): Verdict<ReadonlySet<EventKind> | undefined> {
  if (text === undefined) return accept(undefined);
  const names = text.split(',');
  const known = names.filter(isEventKind);
  return known.length === names.length
    ? accept(new Set(known))
    : reject('request.wrong-value', 'kinds must be names of kinds of events, joined by commas.');
}

/** Whoever names a key signs with it. */
async function admitReader(context: RpcContext, fields: Fields<'events'>): Promise<Verdict> {
  const { public_key: key, expires, signed_hash: signature } = fields;
  if (key !== undefined) return admitHistory(context, key, expires, signature);
  return expires === undefined && signature === undefined
    ? accept()
    : reject('request.missing-field', 'public_key is missing.');
}

function isFor(event: ChainEvent, key: PublicKey32 | undefined): boolean {
  const readers = readersOf(event);
  return readers.length === 0 || (key !== undefined && readers.some((reader) => equalBytes(reader, key)));
}

function isOfFile(event: ChainEvent, hash: Uint8Array): boolean {
  return 'hash' in event && equalBytes(event.hash, hash);
}

/** Each may need a look at the state: a thousand of them are not done in one go. */
async function shown(context: RpcContext, found: readonly PlacedEvent[]): Promise<Shown['events']> {
  const all: Shown['events'][number][] = [];
  for (const one of found) {
    await context.ports.yieldToLoop();
    all.push(inJson(context, one));
  }
  return all;
}

/** Of a file that is not there any more nobody is told how it was called. */
function inJson({ ports }: RpcContext, { at, time, event }: PlacedEvent): Shown['events'][number] {
  const isHidden = event.kind === 'available' && !isThere(ports.ledger.view(), event.hash);
  const shown = isHidden ? shownFields(event).filter(([, type]) => type === 'hash') : shownFields(event);
  const fields = shown.map(([name, type, value]) => {
    if (value instanceof Uint8Array) return [name, toHex(value)];
    return [name, type === 'tokens' ? jsonAmount(value as Tokens) : value];
  });
  return { at: placeText(at), time, kind: event.kind, ...Object.fromEntries(fields) };
}

/** Taken down, or reset: its entry was false. */
function isThere(view: StateView, hash: Hash32): boolean {
  return file(view, hash)?.takenDown === false;
}

function placeText({ height, index }: EventPlace): string {
  return `${height}:${index}`;
}
