/**
 * `events`: what final blocks have done, a page at a time; a page with nothing in it may wait for the next block. Nobody
 * has a queue here: who follows is a position, and asks from there. What is a reader's is for the keys in it alone.
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
import { equalBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { PublicKey32, Tokens } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitHistory } from '../claim.ts';
import { clientName, networkName } from '../client-name.ts';
import type { RpcContext } from '../context.ts';
import { mayBeForeign } from '../page.ts';
import type { EventPlace, PlacedEvent } from '../ports.ts';

/** To read the row of a block, and to look at an event of it, in milliseconds. */
const BLOCK_COST = 0.02;
const LOOK_COST = 0.004;

type Shown = AnswerTo<'events'>['value'];

export async function events(
  context: RpcContext,
  fields: Fields<'events'>,
): Promise<Verdict<AnswerTo<'events'>>> {
  const kinds = kindsIn(fields.kinds);
  if (kinds.kind !== 'accept') return kinds;
  const admitted = await admitReader(context, fields);
  if (admitted.kind !== 'accept') return admitted;
  const { events: feed, ledger, clock } = context.ports;
  const { file, public_key: key, limit } = fields;
  const wanted = (event: ChainEvent): boolean =>
    isFor(event, key) &&
    (kinds.value === undefined || kinds.value.has(event.kind)) &&
    (file === undefined || isOfFile(event, file));
  const most = {
    events: limit,
    looked: { blocks: limits.eventsBlocksMax, events: limits.eventsLookedMax },
  };
  const untilMs = clock.now() + 1_000 * fields.wait;
  for (let from = fields.from ?? { height: await feed.oldest(), index: 0 }; ; ) {
    const page = await feed.read(from, wanted, most);
    if (page.kind === 'pruned') {
      const { oldest } = page;
      return { ...reject('events.pruned', `What is kept begins with block ${oldest}.`), facts: { oldest } };
    }
    const { next, looked } = page;
    const spent = BLOCK_COST * looked.blocks + LOOK_COST * looked.events;
    if (spent > CALLS.events.cost) context.charge(spent - CALLS.events.cost);
    const { height: head } = ledger.head();
    const isAtEnd = page.events.length === 0 && next.height > head;
    if (!isAtEnd || !(await isWorthWaiting(context, next.height, untilMs - clock.now()))) {
      const value: Shown = { events: page.events.map(inJson), next: placeText(next), head };
      return accept({ kind: 'json', value });
    }
    from = next;
  }
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

/** @returns false when its time is over, or too many wait. */
async function isWorthWaiting(context: RpcContext, height: number, leftMs: number): Promise<boolean> {
  if (leftMs <= 0) return false;
  const { waits, from, caller, ports } = context;
  const byPage = mayBeForeign(caller);
  const network = networkName(from, byPage);
  const came = await waits.wait(network, clientName(from, byPage), () => ports.events.news(height, leftMs));
  return came === true;
}

function inJson({ at, time, event }: PlacedEvent): Shown['events'][number] {
  const fields = shownFields(event).map(([name, type, value]) => {
    if (value instanceof Uint8Array) return [name, toHex(value)];
    return [name, type === 'tokens' ? jsonAmount(value as Tokens) : value];
  });
  return { at: placeText(at), time, kind: event.kind, ...Object.fromEntries(fields) };
}

function placeText({ height, index }: EventPlace): string {
  return `${height}:${index}`;
}
