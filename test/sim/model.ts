/**
 * The judge's own ledger: what every account must hold after the final transactions, reckoned without the rules of
 * chain/ from the sentences of the protocol. Knows the amounts only; that a transaction stands in a final block says
 * that it was allowed.
 */
import type { Genesis } from '../../chain/genesis.ts';
import type { Transaction, TransactionOf } from '../../chain/transaction.ts';
import { toHex } from '../../core/bytes.ts';

/** Of one file: what its uploaders bring, and of whose upload each library has spoken last. */
type Brought = { readonly sizes: Map<string, bigint>; readonly said: Map<string, string> };

export class Model {
  readonly balances = new Map<string, bigint>();
  readonly available = new Map<string, bigint>();
  readonly purchases = new Set<string>();
  /** Open sales: id → whose tokens are locked, and how many. */
  readonly sales = new Map<string, { readonly seller: string; readonly amount: bigint }>();
  minted = 0n;
  burned = 0n;
  readonly genesis: bigint;
  readonly #brought = new Map<string, Brought>();
  /** File, uploader and library, as they were named by any upload or attestation. */
  readonly #heard = new Set<string>();
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
        const [hash, uploader] = [toHex(transaction.hash), toHex(transaction.key)];
        const { sizes } = this.#of(hash);
        if (!sizes.has(uploader)) sizes.set(uploader, transaction.size);
        this.#heard.add(`${hash} ${uploader}`);
        return this.#say(hash, uploader, toHex(transaction.sponsor));
      }
      case 'attest': {
        const { hash, uploader, node } = transaction;
        return this.#say(toHex(hash), toHex(uploader), toHex(node));
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

  /** An upload was brought, an attestation was given; or the file is there, and needs neither. */
  hasHeard(transaction: TransactionOf<'upload'> | TransactionOf<'attest'>): boolean {
    const hash = toHex(transaction.hash);
    if (this.available.has(hash)) return true;
    if (transaction.kind === 'upload') return this.#heard.has(`${hash} ${toHex(transaction.key)}`);
    return this.#heard.has(`${hash} ${toHex(transaction.uploader)} ${toHex(transaction.node)}`);
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

  #of(hash: string): Brought {
    const brought = this.#brought.get(hash) ?? { sizes: new Map(), said: new Map() };
    this.#brought.set(hash, brought);
    return brought;
  }

  /** A library speaks of one upload a file: what it has said last counts. */
  #say(hash: string, uploader: string, node: string): readonly string[] {
    const { sizes, said } = this.#of(hash);
    this.#heard.add(`${hash} ${uploader} ${node}`);
    said.set(node, uploader);
    const count = [...said.values()].filter((other) => other === uploader).length;
    const size = sizes.get(uploader);
    return size !== undefined && count >= this.#attestations ? this.#credit(hash, uploader, size) : [];
  }

  #credit(hash: string, uploader: string, size: bigint): readonly string[] {
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
