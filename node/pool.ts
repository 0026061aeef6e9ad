/**
 * Transactions that wait for a block. Bounded by count, by bytes and per paying key, so that no key and no
 * flood can push the others out; kept in the order of arrival. What is in here has valid signatures; whether
 * it fits the state is asked again when a block is built.
 */
import { type CheckedTransaction, payerOf } from '../chain/signing.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { accept, ignore, reject, type Verdict } from '../core/verdict.ts';

export class Pool {
  readonly #byId = new Map<string, CheckedTransaction>();
  readonly #perPayer = new Map<string, number>();
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
    return this.#byId.get(id);
  }

  /** @returns ignore("transaction.known"), reject("pool.full" | "pool.key-full"). */
  add(checked: CheckedTransaction): Verdict {
    const id = toHex(checked.id);
    const payer = toHex(payerOf(checked.transaction));
    const waiting = this.#perPayer.get(payer) ?? 0;
    if (this.#byId.has(id)) return ignore('transaction.known');
    if (this.#byId.size >= limits.poolTransactionsMax) return reject('pool.full');
    if (this.#bytes + checked.bytes.length > limits.poolBytesMax) return reject('pool.full');
    if (waiting >= limits.poolTransactionsPerKeyMax) return reject('pool.key-full');
    this.#byId.set(id, checked);
    this.#perPayer.set(payer, waiting + 1);
    this.#bytes += checked.bytes.length;
    return accept();
  }

  remove(id: string): CheckedTransaction | undefined {
    const checked = this.#byId.get(id);
    if (checked === undefined) return undefined;
    this.#byId.delete(id);
    this.#bytes -= checked.bytes.length;
    const payer = toHex(payerOf(checked.transaction));
    const left = this.#perPayer.get(payer)! - 1;
    if (left === 0) this.#perPayer.delete(payer);
    else this.#perPayer.set(payer, left);
    return checked;
  }

  /** In order of arrival, without those that `taken` names (they stand in blocks that are not final yet). */
  *candidates(taken: ReadonlySet<string>): Generator<CheckedTransaction> {
    for (const [id, checked] of this.#byId) if (!taken.has(id)) yield checked;
  }

  /** Is there anything beside what `taken` names? */
  hasBeside(taken: ReadonlySet<string>): boolean {
    if (this.#byId.size > taken.size) return true;
    for (const id of this.#byId.keys()) if (!taken.has(id)) return true;
    return false;
  }
}
