/**
 * What is to leave the state at a stated time: a queue for each kind of thing, first in, first out. Everything in one
 * queue lives equally long, so that the first is always the first to be over. Each transaction that comes takes a few
 * of those that are over with it (chain/transaction/rules.ts), more than it can add; a block without transactions changes nothing.
 *
 * A queue decides nothing: a rule must take for absent what is over by its own record, swept or not. And whoever is
 * told that a reference is due looks at that record again: it may be gone, or there anew.
 *
 *   queue → the index of its first entry, and of the one that comes next
 *   queue, index → when it is over, and a reference that only the owner of the queue reads
 */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import type { UnixMs } from '../../core/scalars.ts';
import { dueKey, dueQueueKey, dueQueuePrefix } from './keys.ts';
import type { Draft, StateView } from './state.ts';

/** Numbers stand in the state; one is never given twice. */
const QUEUES = {
  /** Reference: the id of the sale. */
  closedSales: 0,
  /** Reference: the id of the proposal, applied or not. */
  proposals: 1,
  /** Reference: the hash of the file. */
  pendingUploads: 2,
} as const;
export type Queue = keyof typeof QUEUES;

/** @param due - the last moment at which it is not over; never before that of what is in the queue already. */
export function enqueueDue(draft: Draft, queue: Queue, due: UnixMs, reference: Bytes): void {
  const number = QUEUES[queue];
  const { first, next } = ends(draft, number);
  assert(first === next || dueOf(draft, number, next - 1) <= due, 'all in one queue live equally long');
  draft.put(dueKey(number, next), encode([due, reference]));
  draft.put(dueQueueKey(number), encode([first, next + 1]));
}

/** Takes the first few that are over out of the queue. @returns their references, at most limits.dueAtOnceMax. */
export function sweepDue(draft: Draft, queue: Queue, time: UnixMs): readonly Bytes[] {
  const number = QUEUES[queue];
  const { first, next } = ends(draft, number);
  const over: Bytes[] = [];
  let index = first;
  while (index < next && over.length < limits.dueAtOnceMax) {
    const key = dueKey(number, index);
    const [due, reference] = entry(draft, key);
    if (time <= due) break;
    draft.delete(key);
    over.push(reference);
    index += 1;
  }
  if (index === first) return over;
  // An empty queue begins anew: nothing of it is left in the state.
  if (index === next) draft.delete(dueQueueKey(number));
  else draft.put(dueQueueKey(number), encode([index, next]));
  return over;
}

/** With what the keys begin under which all of a queue stands, in its order. */
export function duePrefix(queue: Queue): Bytes {
  return dueQueuePrefix(QUEUES[queue]);
}

/** @param value - of an entry of a queue. */
export function referenceIn(value: Bytes): Bytes {
  return decodeOwn<[UnixMs, Bytes]>(value)[1];
}

function ends(view: StateView, queue: number): { readonly first: number; readonly next: number } {
  const stored = view.get(dueQueueKey(queue));
  if (stored === undefined) return { first: 0, next: 0 };
  const [first, next] = decodeOwn<[number, number]>(stored);
  return { first, next };
}

function dueOf(view: StateView, queue: number, index: number): UnixMs {
  return entry(view, dueKey(queue, index))[0];
}

function entry(view: StateView, key: Bytes): readonly [UnixMs, Bytes] {
  const stored = view.get(key);
  assert(stored !== undefined, 'a queue has no gaps');
  return decodeOwn<[UnixMs, Bytes]>(stored);
}
