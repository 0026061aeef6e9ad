/**
 * Who waits for something that few can have at a time: everybody has a queue, and the queues take turns. Queues stand in
 * groups, and groups in groups: readers and strangers, the networks of the strangers, the clients of a network. At each
 * fork the branches take turns, so that however many addresses one network has, another one waits for one turn of it. Whoever
 * asks for much waits for himself. Bounded, each of the widest groups by itself: when its places are taken, whoever has few
 * waiting gets in at the cost of the longest queue, whose last one is sent away; nobody of another widest group is. Knows
 * neither the time nor what is waited for. Pure.
 */
import { assert } from './assert.ts';

export type QueueBounds = {
  /** Of all that have begun and have not ended. */
  readonly atOnceMax: number;
  /** Of one queue that wait. */
  readonly perQueueMax: number;
  /** Of one of the widest groups that wait; beside these as many as have begun may stand there again. */
  readonly waitingMax: number;
};

/** @param again - it is not at its end, and stands first in its own queue again, however many wait. */
export type Done = (again?: boolean) => void;

export type Waiter = {
  /** Its turn has come. @param done - called once, when it has ended: then the next one begins. */
  begin(done: Done): void;
  /** It has lost its place to a shorter queue; called once, and not while it has its turn. */
  pushedOut(): void;
};

/** The names of a queue, from the widest group to who waits. No name is the beginning of another. */
export type QueueName = readonly [group: string, ...rest: readonly string[]];

export class FairQueue {
  readonly #bounds: QueueBounds;
  readonly #all = new Branch();
  #underWay = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  /**
   * Begins at once when nobody waits.
   * @returns a function that leaves the queue, and does nothing during a turn; undefined when there is no place.
   */
  enter(name: QueueName, waiter: Waiter): (() => void) | undefined {
    const own = this.#all.at(name)?.size ?? 0;
    if (own >= this.#bounds.perQueueMax || !this.#makeRoom(name)) return undefined;
    this.#all.add(name, waiter);
    this.#serve();
    return () => void this.#all.remove(name, waiter);
  }

  #serve(): void {
    while (this.#underWay < this.#bounds.atOnceMax && this.#all.size > 0) {
      const { name, waiter } = this.#all.next();
      this.#underWay += 1;
      let ended = false;
      waiter.begin((again = false) => {
        assert(!ended, 'a turn ends once');
        ended = true;
        this.#underWay -= 1;
        if (again) this.#all.add(name, waiter, true);
        this.#serve();
      });
    }
  }

  #makeRoom([group, ...rest]: QueueName): boolean {
    const widest = this.#all.at([group]);
    if (widest === undefined || widest.size < this.#bounds.waitingMax) return true;
    const longest = widest.longestBut(rest);
    if (longest === undefined) return false;
    const last = widest.at(longest)!.last();
    this.#all.remove([group, ...longest], last);
    last.pushedOut();
    return true;
  }
}

/** A queue, or a group of branches in the order of their turns; never both. None in a group is empty. */
class Branch {
  /** Of a queue, oldest first. */
  readonly #waiters: Waiter[] = [];
  readonly #branches = new Map<string, Branch>();
  /** All that wait, in all queues of the group. */
  size = 0;

  at([first, ...rest]: readonly string[]): Branch | undefined {
    return first === undefined ? this : this.#branches.get(first)?.at(rest);
  }

  /** @param again - it has had a turn: it stands before the others of its queue, and all branches that it is in behind theirs. */
  add([first, ...rest]: readonly string[], waiter: Waiter, again = false): void {
    this.size += 1;
    if (first === undefined) {
      assert(this.#branches.size === 0, 'the name of a queue is the beginning of none');
      if (again) this.#waiters.unshift(waiter);
      else this.#waiters.push(waiter);
      return;
    }
    assert(this.#waiters.length === 0, 'a group is no queue');
    const branch = this.#branches.get(first) ?? new Branch();
    if (again) this.#branches.delete(first);
    this.#branches.set(first, branch);
    branch.add(rest, waiter, again);
  }

  /** @returns false: it was not there. */
  remove([first, ...rest]: readonly string[], waiter: Waiter): boolean {
    if (first === undefined) {
      const at = this.#waiters.indexOf(waiter);
      if (at < 0) return false;
      this.#waiters.splice(at, 1);
    } else {
      const branch = this.#branches.get(first);
      if (branch?.remove(rest, waiter) !== true) return false;
      if (branch.size === 0) this.#branches.delete(first);
    }
    this.size -= 1;
    return true;
  }

  /** Takes the first one of the queue whose turn it is; at each fork that branch goes behind the others. Not of an empty one. */
  next(): { readonly name: readonly string[]; readonly waiter: Waiter } {
    this.size -= 1;
    const [turn] = this.#branches;
    if (turn === undefined) return { name: [], waiter: this.#waiters.shift()! };
    const [first, branch] = turn;
    const { name, waiter } = branch.next();
    this.#branches.delete(first);
    if (branch.size > 0) this.#branches.set(first, branch);
    return { name: [first, ...name], waiter };
  }

  last(): Waiter {
    return this.#waiters.at(-1)!;
  }

  /**
   * The queue that gives up a place when one of this name comes: of the branch that has most, of equals the one whose turn comes last.
   * @returns undefined when at no fork another branch has more than the newcomer's would have.
   */
  longestBut([first, ...rest]: readonly string[]): readonly string[] | undefined {
    if (first === undefined) return undefined;
    const own = this.#branches.get(first);
    const longest = this.#longest((name, { size }) => name !== first && size > (own?.size ?? 0) + 1);
    if (longest !== undefined) return longest;
    const below = own?.longestBut(rest);
    return below && [first, ...below];
  }

  #longest(may: (name: string, branch: Branch) => boolean = () => true): readonly string[] | undefined {
    let longest: readonly [string, Branch] | undefined;
    for (const entry of this.#branches) {
      if (may(...entry) && entry[1].size >= (longest?.[1].size ?? 0)) longest = entry;
    }
    return longest && [longest[0], ...(longest[1].#longest() ?? [])];
  }
}
