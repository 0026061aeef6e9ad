/**
 * From bytes to checked transactions: decodes, and has the signatures verified off the event loop. A
 * transaction that waits in the pool was checked when it came in, so a block that brings it again costs a look-up.
 */
import { type CheckedTransaction, markChecked, signatureParts } from '../../chain/transaction/signing.ts';
import { decodeTransaction, type Transaction, transactionId } from '../../chain/transaction/transaction.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Verifier } from '../process/verifier.ts';
import type { Pool } from './pool.ts';

/** So many are decoded and handed to the verifying thread in one go: a millisecond, and the loop is free for others. */
const AT_ONCE = 32;

export class TransactionChecker {
  readonly #chainId: Hash32;
  readonly #pool: Pool;
  readonly #verifier: Verifier;

  constructor(ports: { readonly chainId: Hash32; readonly pool: Pool; readonly verifier: Verifier }) {
    this.#chainId = ports.chainId;
    this.#pool = ports.pool;
    this.#verifier = ports.verifier;
  }

  /**
   * @param version - of the rules that they are read by: those of their block.
   * @returns the transactions in their order; the reject of the first one that is wrong: no more are looked at.
   */
  async checkAll(all: readonly Bytes[], version: number): Promise<Verdict<readonly CheckedTransaction[]>> {
    const checked: CheckedTransaction[] = [];
    for (let at = 0; at < all.length; at += AT_ONCE) {
      const some = all.slice(at, at + AT_ONCE).map((bytes) => this.#checkBytes(bytes, version));
      for (const verdict of await Promise.all(some)) {
        if (verdict.kind !== 'accept') return verdict;
        checked.push(verdict.value);
      }
    }
    return accept(checked);
  }

  /** @returns reject("signature.wrong"). */
  async check(bytes: Bytes, transaction: Transaction): Promise<Verdict<CheckedTransaction>> {
    for (const part of signatureParts(this.#chainId, transaction)) {
      if (!(await this.#verifier.verify(part))) return reject('signature.wrong');
    }
    return accept(markChecked(bytes, transaction));
  }

  async #checkBytes(bytes: Bytes, version: number): Promise<Verdict<CheckedTransaction>> {
    const id = transactionId(bytes);
    const known = this.#pool.get(toHex(id));
    if (known !== undefined) return accept(known);
    const decoded = decodeTransaction(bytes, version);
    return decoded.kind === 'accept' ? this.check(bytes, decoded.value) : decoded;
  }
}
