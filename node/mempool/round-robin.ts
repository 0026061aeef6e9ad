/**
 * Queues that take turns: one transaction of each, then the second of each, and so on, so that a long queue waits
 * for itself and not the others for it. Which queue begins changes: one that has had a turn goes to the end. Each
 * step costs the same however many queues there are; the order follows from what came and went, nothing else.
 */
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { toHex } from '../../core/bytes.ts';
import { Queue } from './queue.ts';

export class RoundRobin {
  /** In the order in which they begin. */
  readonly #queues = new Map<string, Queue>();

  queue(name: string): Queue | undefined {
    return this.#queues.get(name);
  }

  open(name: string): Queue {
    const queue = this.#queues.get(name) ?? new Queue(name);
    this.#queues.set(name, queue);
    return queue;
  }

  /** One of the queue has left: others begin before it now, and an empty queue goes. */
  left(queue: Queue): void {
    this.#queues.delete(queue.name);
    if (queue.size > 0) this.#queues.set(queue.name, queue);
  }

  /**
   * Without what `taken` names; but what is taken has used up a turn of its queue, or whoever stands first would
   * be first again in the child of a block that is not final yet.
   */
  *inTurn(taken: ReadonlySet<string>): Generator<CheckedTransaction> {
    const next: Iterator<CheckedTransaction>[] = [];
    for (const queue of this.#queues.values()) {
      const rest = queue.inOrder();
      const first = rest.next();
      if (first.done) continue;
      if (queue.size > 1) next.push(rest);
      if (!taken.has(toHex(first.value.id))) yield first.value;
    }
    for (let round = next; round.length > 0; ) {
      const again: Iterator<CheckedTransaction>[] = [];
      for (const rest of round) {
        const one = rest.next();
        if (one.done) continue;
        again.push(rest);
        if (!taken.has(toHex(one.value.id))) yield one.value;
      }
      round = again;
    }
  }
}
