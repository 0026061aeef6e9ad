/**
 * Transactions that wait in one queue, in the order in which they came: what one reader signed, or one member
 * answers for. Adding, removing anywhere and finding the newest take the same time however long the queue is.
 */
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';

/** An entry of a queue; an empty one stays until the queue is tidied. */
export type QueueEntry = { checked: CheckedTransaction | undefined };

export class Queue {
  readonly name: string;
  #entries: QueueEntry[] = [];
  #size = 0;

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.#size;
  }

  add(checked: CheckedTransaction): QueueEntry {
    const entry: QueueEntry = { checked };
    this.#entries.push(entry);
    this.#size += 1;
    return entry;
  }

  leave(entry: QueueEntry): void {
    entry.checked = undefined;
    this.#size -= 1;
    if (this.#entries.length > 2 * this.#size + 16) this.#entries = this.#entries.filter(isTaken);
  }

  newest(): CheckedTransaction | undefined {
    for (let last = this.#entries.at(-1); last !== undefined; last = this.#entries.at(-1)) {
      if (last.checked !== undefined) return last.checked;
      this.#entries.pop();
    }
    return undefined;
  }

  *inOrder(): Generator<CheckedTransaction> {
    for (const { checked } of this.#entries) if (checked !== undefined) yield checked;
  }
}

function isTaken({ checked }: QueueEntry): boolean {
  return checked !== undefined;
}
