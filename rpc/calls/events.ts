/**
 * `events`: what final blocks have done, a page at a time, as far as it is paid for; a page with nothing in it may wait for the
 * next block. Nobody has a queue here: who follows is a position, and asks from there. Who is told what: event-view.ts.
 */
import { CALLS, type Fields } from '../../api/calls.ts';
import { type ChainEvent, isEventKind, isOfReaders } from '../../chain/kind/event.ts';
import { limits } from '../../core/limits.ts';
import type { Height, PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import type { EventPlace, PlacedEvent } from '../event-ports.ts';
import {
  BLOCK_COST,
  EVENT_LOOK_COST,
  inJson,
  PIECE,
  PIECE_COST,
  placeText,
  type ShownEvent,
  wantedOf,
} from '../event-view.ts';

type Found = { readonly events: readonly PlacedEvent[]; readonly next: EventPlace };

export async function events(
  context: RpcContext,
  fields: Fields<'events'>,
): Promise<Verdict<AnswerTo<'events'>>> {
  const wanted = await wantedOf(context, fields);
  if (wanted.kind !== 'accept') return wanted;
  const { events: feed, ledger, clock } = context.ports;
  const { public_key: key, kinds, expires, limit, wait } = fields;
  const isOwnAlone = kinds?.split(',').every((kind) => isEventKind(kind) && isOfReaders(kind)) ?? false;
  // What is a key's own is told no longer than its signature is good.
  const untilMs = Math.min(clock.now() + 1_000 * wait, 1_000 * (expires ?? Number.MAX_SAFE_INTEGER));
  for (let from = fields.from ?? { height: await feed.oldest(), index: 0 }; ; ) {
    const { is } = wanted.value;
    const page =
      (isOwnAlone && key !== undefined && (await readOwn(context, key, from, is, limit))) ||
      (await readPage(context, from, is, limit));
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
  wanted: (event: ChainEvent) => boolean,
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
      const spent = BLOCK_COST * looked.blocks + EVENT_LOOK_COST * looked.events;
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

/**
 * Where only what is the key's own is wanted: by its index, however much others have done since. @returns undefined while there is
 * none; and what `readPage` does.
 */
async function readOwn(
  context: RpcContext,
  key: PublicKey32,
  from: EventPlace,
  wanted: (event: ChainEvent) => boolean,
  limit: number,
): Promise<Verdict<Found> | undefined> {
  const { ports, queue, pay } = context;
  const found: PlacedEvent[] = [];
  for (let at = from; ; ) {
    const { height: head } = ports.ledger.head(); // what comes meanwhile is behind it
    const piece = await context.events.read(queue, async () => {
      const oldest = await ports.events.oldest();
      return { oldest, rows: await ports.events.own(key, { from: at, limit: limits.historyPieceRows }) };
    });
    if (piece.kind !== 'accept') return piece;
    const { oldest, rows } = piece.value;
    if (rows === undefined) return undefined;
    if (found.length === 0 && at.height < oldest && at.height > 0) return pruned(oldest);
    for (const row of rows) {
      at = { height: row.at.height, index: row.at.index + 1 };
      if (wanted(row.event)) found.push(row);
      if (found.length >= limit) return accept({ events: found, next: at });
    }
    if (rows.length < limits.historyPieceRows) {
      return accept({ events: found, next: at.height > head ? at : { height: head + 1, index: 0 } });
    }
    if (pay(PIECE_COST).kind !== 'accept') return accept({ events: found, next: at });
  }
}

function pruned(oldest: Height): Verdict<never> {
  return { ...reject('events.pruned', `What is kept begins with block ${oldest}.`), facts: { oldest } };
}

/** Each may need a look at the state: a thousand of them are not done in one go. */
async function shown(context: RpcContext, found: readonly PlacedEvent[]): Promise<ShownEvent[]> {
  const all: ShownEvent[] = [];
  for (const one of found) {
    await context.ports.yieldToLoop();
    all.push(inJson(context.ports, one));
  }
  return all;
}
