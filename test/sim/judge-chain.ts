/**
 * What honest nodes may call final: one block a height, each the child of the one before, later than it, and with the
 * state that its header promises. Keeps the one chain that the first to commit has shown, and its own reckoning of
 * the accounts.
 */
import { authoritiesHash, decodeBlock, type Header, headerHash, sealsEpoch } from '../../chain/block.ts';
import type { Executed } from '../../chain/execute.ts';
import { type Genesis, genesisState } from '../../chain/genesis.ts';
import { account, authorities, supply } from '../../chain/queries.ts';
import { decodeTransaction, transactionId } from '../../chain/transaction.ts';
import { equalBytes, hexToBytes, toHex } from '../../core/bytes.ts';
import type { PeerKey } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import type { Ledger } from '../../node/ledger.ts';
import type { Coverage } from './coverage.ts';
import { Model } from './model.ts';

type Final = {
  readonly hash: string;
  readonly header: Header;
  /** Touched account → its tokens after this block. */
  readonly touched: ReadonlyMap<string, bigint>;
  readonly total: bigint;
};
type Ports = { readonly coverage: Coverage; report(rule: string, detail: string): void };

export class ChainJudge {
  readonly model: Model;
  readonly #ports: Ports;
  readonly #chain: Final[] = [];
  readonly #heights = new Map<string, number>();
  readonly #epochs: (readonly PeerKey[])[] = [];
  /** Transaction → height. */
  readonly #transactions = new Map<string, number>();

  constructor(ports: Ports, genesis: Genesis) {
    this.#ports = ports;
    this.model = new Model(genesis);
    const { block, hash } = genesisState(genesis);
    this.#chain.push({
      hash: toHex(hash),
      header: block.header,
      touched: new Map(),
      total: this.model.total(),
    });
    this.#epochs.push(genesis.authorities);
  }

  get height(): number {
    return this.#chain.length - 1;
  }

  authorities(epoch: number): readonly PeerKey[] | undefined {
    return this.#epochs[epoch];
  }

  heightOf(node: string): number {
    return this.#heights.get(node) ?? 0;
  }

  /** In which block a transaction stands. */
  find(id: Hash32): number | undefined {
    return this.#transactions.get(toHex(id));
  }

  /** A node has opened its disk: what was final there once is final still. */
  opened(node: string, ledger: Ledger): void {
    const { header, hash } = ledger.head();
    if (header.height < this.heightOf(node)) {
      this.#ports.report('final is durable', `${node} was at ${this.heightOf(node)}, is at ${header.height}`);
    }
    // Further than anybody has told: the batch of a commit was durable before its node died.
    this.#learnFrom(node, ledger, header.height + 1);
    this.#heights.set(node, header.height);
    this.#same(node, header.height, toHex(hash));
    this.#compare(node, ledger, header.height);
  }

  forgets(node: string): void {
    this.#heights.delete(node);
  }

  committed(node: string, ledger: Ledger, executed: Executed): void {
    const { height } = executed.block.header;
    const hash = toHex(executed.hash);
    const expected = this.heightOf(node) + 1;
    if (height !== expected) this.#ports.report('heights ascend', `${node}: ${height}, not ${expected}`);
    this.#heights.set(node, height);
    this.#learnFrom(node, ledger, height);
    if (height === this.#chain.length) this.#append(node, ledger, executed.bytes);
    this.#same(node, height, hash);
    const head = ledger.head();
    if (equalBytes(head.hash, executed.hash)) this.#compare(node, ledger, height);
  }

  #learnFrom(node: string, ledger: Ledger, below: number): void {
    const from = this.#chain.length;
    // Whoever has pruned, or has begun with a state, has no older ones: somebody else will show them.
    if (from < ledger.blocks.base() && ledger.blocks.base() > 1) return;
    for (let height = from; height < below; height++) {
      const row = ledger.blocks.at(height);
      const bytes = row && ledger.blocks.bodyBytes(row.hash);
      if (bytes === undefined) this.#ports.report('no gaps', `${node} has no block ${height}`);
      else this.#append(node, ledger, bytes);
    }
  }

  #append(node: string, ledger: Ledger, bytes: Uint8Array): void {
    const block = decodeBlock(bytes);
    if (block.kind !== 'accept') {
      this.#ports.report('well-formed', `${node}: ${block.code}`);
      return;
    }
    const { header, transactions } = block.value;
    const parent = this.#chain.at(-1)!;
    const height = this.#chain.length;
    if (header.height !== height)
      this.#ports.report('heights ascend', `block ${height} says ${header.height}`);
    if (toHex(header.parentHash) !== parent.hash)
      this.#ports.report('parent links', `block ${height} of ${node}`);
    if (header.time <= parent.header.time) this.#ports.report('time ascends', `block ${height} of ${node}`);
    const touched = new Set<string>();
    for (const transaction of transactions) this.#transaction(header, transaction, touched);
    if (!this.model.sound()) this.#ports.report('tokens conserved', `block ${height} of ${node}`);
    this.#chain.push({
      hash: toHex(headerHash(header)),
      header,
      touched: new Map([...touched].map((key) => [key, this.model.balances.get(key)!])),
      total: this.model.total(),
    });
    this.#ports.coverage.count('blocks');
    this.#ports.coverage.count('transactions', transactions.length);
    if (sealsEpoch(header))
      this.#newEpoch(header, authorities(ledger.stateOf(headerHash(header))?.view ?? ledger.head().view));
  }

  #transaction({ height }: Header, bytes: Uint8Array, touched: Set<string>): void {
    const id = toHex(transactionId(bytes));
    const before = this.#transactions.get(id);
    const transaction = decodeTransaction(bytes);
    if (before !== undefined) this.#ports.report('exactly once', `${id} in blocks ${before} and ${height}`);
    this.#transactions.set(id, height);
    if (transaction.kind !== 'accept') this.#ports.report('well-formed', `${id}: ${transaction.code}`);
    else for (const key of this.model.apply(id, transaction.value)) touched.add(key);
  }

  #newEpoch(header: Header, keys: readonly PeerKey[]): void {
    if (!equalBytes(authoritiesHash(keys), header.nextAuthoritiesHash)) {
      this.#ports.report(
        'equal state',
        `block ${header.height} seals for other authorities than its state has`,
      );
    }
    this.#epochs.push(keys);
    this.#ports.coverage.count('epochs');
  }

  #same(node: string, height: number, hash: string): void {
    const final = this.#chain[height];
    if (final !== undefined && final.hash !== hash) {
      this.#ports.report('one block a height', `${height}: ${node} has ${hash}, others ${final.hash}`);
    }
  }

  /** The state of a node against the judge's own reckoning. */
  #compare(node: string, ledger: Ledger, height: number): void {
    const final = this.#chain[height];
    if (final === undefined) return;
    const { view } = ledger.head();
    for (const [key, tokens] of final.touched) {
      const held = account(view, hexToBytes(key))?.tokens;
      if (held !== tokens) {
        this.#ports.report(
          'equal state',
          `${node} at ${height}: ${key.slice(0, 8)} has ${held}, not ${tokens}`,
        );
      }
    }
    const { total } = supply(view);
    if (total !== final.total)
      this.#ports.report('tokens conserved', `${node} at ${height}: ${total} in all`);
  }
}
