/**
 * The judge's own ledger: what every account must hold after the final transactions, reckoned without the rules of
 * chain/ from the sentences of the protocol. Knows the amounts only; that a transaction stands in a final block says
 * that it was allowed.
 */
import type { Genesis } from '../../chain/genesis.ts';
import type { Transaction, TransactionOf } from '../../chain/transaction.ts';
import { toHex } from '../../core/bytes.ts';

type Announced = { readonly size: bigint; readonly attested: Set<string>; readonly uploader: string };

export class Model {
  readonly balances = new Map<string, bigint>();
  readonly available = new Map<string, bigint>();
  readonly purchases = new Set<string>();
  /** Open sales: id → whose tokens are locked, and how many. */
  readonly sales = new Map<string, { readonly seller: string; readonly amount: bigint }>();
  minted = 0n;
  burned = 0n;
  readonly genesis: bigint;
  readonly #announced = new Map<string, Announced>();
  readonly #attestations: number;

  constructor(genesis: Genesis) {
    for (const { key, tokens } of genesis.accounts) this.balances.set(toHex(key), tokens);
    this.genesis = genesis.accounts.reduce((sum, { tokens }) => sum + tokens, 0n);
    this.#attestations = genesis.parameters.attestations;
  }

  /** @param id - of the transaction, in hex. @returns the accounts that it touches. */
  apply(id: string, transaction: Transaction): readonly string[] {
    switch (transaction.kind) {
      case 'register': {
        const key = toHex(transaction.key);
        this.balances.set(key, this.balances.get(key) ?? 0n);
        return [key];
      }
      case 'upload': {
        const { hash, key, size } = transaction;
        const announced = { size, attested: new Set<string>(), uploader: toHex(key) };
        this.#announced.set(`${toHex(hash)} ${toHex(key)}`, announced);
        return this.#attestations === 0 ? this.#credit(toHex(hash), announced) : [];
      }
      case 'attest': {
        const { hash, uploader, node } = transaction;
        const announced = this.#announced.get(`${toHex(hash)} ${toHex(uploader)}`);
        announced?.attested.add(toHex(node));
        const enough = announced !== undefined && announced.attested.size >= this.#attestations;
        return enough ? this.#credit(toHex(hash), announced) : [];
      }
      case 'download': {
        const size = this.available.get(toHex(transaction.hash)) ?? 0n;
        this.burned += size;
        this.purchases.add(`${toHex(transaction.hash)} ${toHex(transaction.key)}`);
        return this.#move(toHex(transaction.key), undefined, size);
      }
      case 'transfer':
        return this.#move(toHex(transaction.key), toHex(transaction.to), transaction.amount);
      case 'buy':
        return this.#move(toHex(transaction.billing), toHex(transaction.to), transaction.amount);
      case 'sell': {
        const [seller, amount] = [toHex(transaction.key), transaction.amount];
        this.sales.set(id, { seller, amount });
        return this.#move(seller, undefined, amount);
      }
      case 'settle':
        return this.#close(toHex(transaction.sale), toHex(transaction.billing));
      case 'release':
      case 'reclaim':
        return this.#close(toHex(transaction.sale), undefined);
      case 'propose':
      case 'approve':
        return []; // moves no tokens
    }
  }

  /** An upload was announced, an attestation was given; or the file is there, and needs neither. */
  hasHeard(transaction: TransactionOf<'upload'> | TransactionOf<'attest'>): boolean {
    const hash = toHex(transaction.hash);
    if (transaction.kind === 'upload') return this.#announced.has(`${hash} ${toHex(transaction.key)}`);
    if (this.available.has(hash)) return true;
    const announced = this.#announced.get(`${hash} ${toHex(transaction.uploader)}`);
    return announced?.attested.has(toHex(transaction.node)) ?? false;
  }

  /** Is it conserved, and nobody below nothing? */
  sound(): boolean {
    let sum = 0n;
    for (const { amount } of this.sales.values()) sum += amount;
    for (const tokens of this.balances.values()) {
      if (tokens < 0n) return false;
      sum += tokens;
    }
    return sum === this.total();
  }

  total(): bigint {
    return this.genesis + this.minted - this.burned;
  }

  #credit(hash: string, { size, uploader }: Announced): readonly string[] {
    if (this.available.has(hash)) return [];
    this.available.set(hash, size);
    this.minted += size;
    return this.#move(undefined, uploader, size);
  }

  /** @param to - who gets the locked tokens; the seller unless somebody is named. */
  #close(id: string, to: string | undefined): readonly string[] {
    const sale = this.sales.get(id);
    if (sale === undefined) return [];
    this.sales.delete(id);
    return [sale.seller, ...this.#move(undefined, to ?? sale.seller, sale.amount)];
  }

  #move(from: string | undefined, to: string | undefined, amount: bigint): readonly string[] {
    if (from !== undefined) this.balances.set(from, (this.balances.get(from) ?? 0n) - amount);
    if (to !== undefined) this.balances.set(to, (this.balances.get(to) ?? 0n) + amount);
    return [from, to].filter((key) => key !== undefined);
  }
}
