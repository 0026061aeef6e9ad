/**
 * Transactions that wait in one queue, in the order in which they came: what one reader signed, or one member
 * answers for. Adding, removing anywhere and finding the newest take the same time however long the queue is.
 */
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';

/** A place in a queue; an empty one stays until the queue is tidied. */
export type Place = { checked: CheckedTransaction | undefined };

export class Queue {
  readonly name: string;
  #places: Place[] = [];
  #size = 0;

  constructor(name: string) {
    this.name = name;
  }

  get size(): number {
    return this.#size;
  }

  add(checked: CheckedTransaction): Place {
    const place: Place = { checked };
    this.#places.push(place);
    this.#size += 1;
    return place;
  }

  leave(place: Place): void {
    place.checked = undefined;
    this.#size -= 1;
    if (this.#places.length > 2 * this.#size + 16) this.#places = this.#places.filter(isTaken);
  }

  newest(): CheckedTransaction | undefined {
    for (let last = this.#places.at(-1); last !== undefined; last = this.#places.at(-1)) {
      if (last.checked !== undefined) return last.checked;
      this.#places.pop();
    }
    return undefined;
  }

  *inOrder(): Generator<CheckedTransaction> {
    for (const { checked } of this.#places) if (checked !== undefined) yield checked;
  }
}

function isTaken({ checked }: Place): boolean {
  return checked !== undefined;
}
