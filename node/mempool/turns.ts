/**
 * Lines that take turns: one transaction of each, then the second of each, and so on, so that a long line waits
 * for itself and not the others for it. Which line begins changes: one that has had a turn goes to the end. Each
 * step costs the same however many lines there are; the order follows from what came and went, nothing else.
 */
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { toHex } from '../../core/bytes.ts';
import { Line } from './line.ts';

export class Turns {
  /** In the order in which they begin. */
  readonly #lines = new Map<string, Line>();

  line(name: string): Line | undefined {
    return this.#lines.get(name);
  }

  open(name: string): Line {
    const line = this.#lines.get(name) ?? new Line(name);
    this.#lines.set(name, line);
    return line;
  }

  /** One of the line has left: others begin before it now, and an empty line goes. */
  left(line: Line): void {
    this.#lines.delete(line.name);
    if (line.size > 0) this.#lines.set(line.name, line);
  }

  /**
   * Without what `taken` names; but what is taken has used up a turn of its line, or whoever stands first would
   * be first again in the child of a block that is not final yet.
   */
  *inTurn(taken: ReadonlySet<string>): Generator<CheckedTransaction> {
    const next: Iterator<CheckedTransaction>[] = [];
    for (const line of this.#lines.values()) {
      const rest = line.inOrder();
      const first = rest.next();
      if (first.done) continue;
      if (line.size > 1) next.push(rest);
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
