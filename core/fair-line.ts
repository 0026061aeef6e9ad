/**
 * Who waits for something that few can have at a time: everybody has a line, and the lines take turns. Lines stand in
 * groups, and groups in groups: readers and strangers, the networks of the strangers, the clients of a network. At each
 * fork the branches take turns, so that however many addresses one network has, another one waits for one turn of it. Whoever
 * asks for much waits for himself. Bounded: when all places are taken, whoever has few waiting gets in at the cost of the
 * longest line, whose last one is sent away. Knows neither the time nor what is waited for. Pure.
 */

export type LineBounds = {
  /** Of all that have begun and have not ended. */
  readonly atOnceMax: number;
  /** Of one line that wait. */
  readonly perLineMax: number;
  /** Of all lines that wait. */
  readonly waitingMax: number;
};

export type Waiter = {
  /** Its turn has come. @param done - called once, when it has ended: then the next one begins. */
  begin(done: () => void): void;
  /** It has lost its place to a shorter line; called once, and not after `begin`. */
  pushedOut(): void;
};

/** The names of a line, from the widest group to who waits. In one line of lines all that begin alike are as long. */
export type LineName = readonly string[];

export class FairLine {
  readonly #bounds: LineBounds;
  readonly #all = new Branch();
  #underWay = 0;

  constructor(bounds: LineBounds) {
    this.#bounds = bounds;
  }

  /**
   * Begins at once when nobody waits.
   * @returns a function that leaves the line, and does nothing once the turn has come; undefined when there is no place.
   */
  enter(name: LineName, waiter: Waiter): (() => void) | undefined {
    const own = this.#all.at(name)?.size ?? 0;
    if (own >= this.#bounds.perLineMax || !this.#makeRoom(name)) return undefined;
    this.#all.add(name, waiter);
    this.#serve();
    return () => void this.#all.remove(name, waiter);
  }

  #serve(): void {
    while (this.#underWay < this.#bounds.atOnceMax && this.#all.size > 0) {
      const next = this.#all.next();
      this.#underWay += 1;
      next.begin(() => {
        this.#underWay -= 1;
        this.#serve();
      });
    }
  }

  #makeRoom(name: LineName): boolean {
    if (this.#all.size < this.#bounds.waitingMax) return true;
    const longest = this.#all.longestBut(name);
    if (longest === undefined) return false;
    const last = this.#all.at(longest)!.last();
    this.#all.remove(longest, last);
    last.pushedOut();
    return true;
  }
}

/** A line, or a group of lines in the order of their turns. Nothing in it is empty, but for the root. */
class Branch {
  /** Of a line, oldest first. */
  readonly #waiters = new Set<Waiter>();
  readonly #branches = new Map<string, Branch>();
  /** All that wait, in all lines of the group. */
  size = 0;

  at(name: LineName): Branch | undefined {
    const [first, ...rest] = name;
    return first === undefined ? this : this.#branches.get(first)?.at(rest);
  }

  add([first, ...rest]: LineName, waiter: Waiter): void {
    this.size += 1;
    if (first === undefined) {
      this.#waiters.add(waiter);
      return;
    }
    const branch = this.#branches.get(first) ?? new Branch();
    this.#branches.set(first, branch);
    branch.add(rest, waiter);
  }

  /** @returns false: it was not there. */
  remove([first, ...rest]: LineName, waiter: Waiter): boolean {
    const branch = first === undefined ? undefined : this.#branches.get(first);
    const removed =
      first === undefined ? this.#waiters.delete(waiter) : branch?.remove(rest, waiter) === true;
    if (!removed) return false;
    this.size -= 1;
    if (branch?.size === 0) this.#branches.delete(first!);
    return true;
  }

  /** Takes the first one of the line whose turn it is; at each fork that branch goes behind the others. Not of an empty one. */
  next(): Waiter {
    this.size -= 1;
    const [turn] = this.#branches;
    if (turn === undefined) {
      const [waiter] = this.#waiters;
      this.#waiters.delete(waiter!);
      return waiter!;
    }
    const [name, branch] = turn;
    const waiter = branch.next();
    this.#branches.delete(name);
    if (branch.size > 0) this.#branches.set(name, branch);
    return waiter;
  }

  last(): Waiter {
    return [...this.#waiters].at(-1)!;
  }

  /**
   * The line that gives up a place when one of this name comes.
   * @returns undefined when at no fork another branch has more than the newcomer's would have.
   */
  longestBut(name: LineName): LineName | undefined {
    const [first, ...rest] = name;
    let most = first === undefined ? 0 : (this.#branches.get(first)?.size ?? 0) + 1;
    let longest: string | undefined;
    for (const [other, { size }] of this.#branches) {
      if (other === first || size <= most) continue;
      most = size;
      longest = other;
    }
    if (longest !== undefined) return [longest, ...this.#branches.get(longest)!.#longest()];
    if (first === undefined) return undefined;
    const below = this.#branches.get(first)?.longestBut(rest);
    return below && [first, ...below];
  }

  #longest(): LineName {
    let longest: readonly [string, Branch] | undefined;
    for (const entry of this.#branches) if (entry[1].size > (longest?.[1].size ?? 0)) longest = entry;
    return longest === undefined ? [] : [longest[0], ...longest[1].#longest()];
  }
}
