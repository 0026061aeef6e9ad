/**
 * Transactions that wait for a block. Bounded by count, by bytes, per signing key and per sponsoring member, and
 * fair: each reader has a queue, each member one for what it answers for, and queues take turns. A full pool makes
 * room for a short queue at the end of a long one, so that no flood keeps the others out. What is in here has
 * valid signatures; whether it fits the state is asked again when a block is built.
 */
import { type CheckedTransaction, payerOf, sponsorOf } from '../../chain/transaction/signing.ts';
import { assert } from '../../core/assert.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { accept, ignore, reject, type Verdict } from '../../core/verdict.ts';
import type { Queue, QueueEntry } from './queue.ts';
import { RoundRobin } from './round-robin.ts';
import { Weights } from './weights.ts';

type Waiting = {
  readonly checked: CheckedTransaction;
  readonly payer: string;
  readonly turns: RoundRobin;
  readonly queue: Queue;
  readonly entry: QueueEntry;
};

/** Many small ones are as heavy as a few long ones that fill the pool as much. */
const WEIGHT_EACH = Math.ceil(limits.poolBytesMax / limits.poolTransactionsMax);

export class Pool {
  /** In the order of arrival. */
  readonly #byId = new Map<string, Waiting>();
  readonly #perPayer = new Map<string, number>();
  readonly #readers = new RoundRobin();
  readonly #members = new RoundRobin();
  readonly #weights = new Weights();
  readonly #pushedOut: ((checked: CheckedTransaction) => void)[] = [];
  #bytes = 0;

  get size(): number {
    return this.#byId.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  get(id: string): CheckedTransaction | undefined {
    return this.#byId.get(id)?.checked;
  }

  /** Called for each transaction that had to make room for others. Must not throw. */
  onPushedOut(listener: (checked: CheckedTransaction) => void): void {
    this.#pushedOut.push(listener);
  }

  /** @returns ignore("transaction.known"), reject("pool.full" | "pool.key-full" | "pool.sponsor-full"). */
  add(checked: CheckedTransaction): Verdict {
    const id = toHex(checked.id);
    const payer = toHex(payerOf(checked.transaction));
    const waiting = this.#perPayer.get(payer) ?? 0;
    if (this.#byId.has(id)) return ignore('transaction.known');
    if (waiting >= limits.poolTransactionsPerKeyMax) return reject('pool.key-full');
    const sponsor = sponsorOf(checked.transaction);
    const turns = sponsor === undefined ? this.#readers : this.#members;
    const name = sponsor === undefined ? payer : toHex(sponsor);
    const standing = turns.queue(name);
    if (sponsor !== undefined && (standing?.size ?? 0) >= limits.poolTransactionsPerSponsorMax) {
      return reject('pool.sponsor-full');
    }
    if (!this.#makeRoom(standing, checked)) return reject('pool.full');
    const queue = turns.open(name);
    this.#byId.set(id, { checked, payer, turns, queue, entry: queue.add(checked) });
    this.#perPayer.set(payer, (this.#perPayer.get(payer) ?? 0) + 1);
    this.#weights.change(queue, weightOf(checked));
    this.#bytes += checked.bytes.length;
    return accept();
  }

  remove(id: string): CheckedTransaction | undefined {
    const waiting = this.#byId.get(id);
    if (waiting === undefined) return undefined;
    const { checked, payer, turns, queue, entry } = waiting;
    this.#byId.delete(id);
    this.#bytes -= checked.bytes.length;
    const left = this.#perPayer.get(payer)! - 1;
    assert(left >= 0 && this.#bytes >= 0, 'the pool gives back what it took');
    assert(this.#byId.size > 0 || this.#bytes === 0, 'an empty pool holds no bytes');
    if (left === 0) this.#perPayer.delete(payer);
    else this.#perPayer.set(payer, left);
    this.#weights.change(queue, -weightOf(checked));
    queue.leave(entry);
    turns.left(queue);
    return checked;
  }

  /**
   * For a block: members and readers in alternation, each side's queues in turn, so that readers have half of every
   * block whatever members do. Without those that `taken` names (they stand in blocks that are not final yet).
   */
  *candidates(taken: ReadonlySet<string>): Generator<CheckedTransaction> {
    let sides = [this.#members.inTurn(taken), this.#readers.inTurn(taken)];
    while (sides.length > 0) {
      const open: typeof sides = [];
      for (const side of sides) {
        const next = side.next();
        if (next.done) continue;
        open.push(side);
        yield next.value;
      }
      sides = open;
    }
  }

  /** In the order of arrival. The pool may change meanwhile. */
  *all(): Generator<CheckedTransaction> {
    for (const { checked } of this.#byId.values()) yield checked;
  }

  /** Is there anything beside what `taken` names? */
  hasBeside(taken: ReadonlySet<string>): boolean {
    if (this.#byId.size > taken.size) return true;
    for (const id of this.#byId.keys()) if (!taken.has(id)) return true;
    return false;
  }

  /** Pushes out the newest of queues that are much longer than this one will be, as far as needed. */
  #makeRoom(queue: Queue | undefined, { bytes }: CheckedTransaction): boolean {
    while (
      this.#byId.size >= limits.poolTransactionsMax ||
      this.#bytes + bytes.length > limits.poolBytesMax
    ) {
      const longest = this.#weights.heavierThan(queue, WEIGHT_EACH + bytes.length);
      const last = longest?.newest();
      if (last === undefined) return false;
      this.remove(toHex(last.id));
      for (const listener of this.#pushedOut) listener(last);
    }
    return true;
  }
}

function weightOf({ bytes }: CheckedTransaction): number {
  return WEIGHT_EACH + bytes.length;
}
