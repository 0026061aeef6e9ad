/**
 * The ledger behind the port, in memory: one authority that builds a block for every transaction, with the real
 * rules, signatures and state tree of chain/. What a node adds (consensus, disk, gossip) is not here.
 */

import { childEpoch } from '../../chain/block/block.ts';
import { buildBlock, type Executed, type State } from '../../chain/block/execute.ts';
import { chainIdOf, type Genesis, genesisState } from '../../chain/block/genesis.ts';
import { childVersion, RULES_VERSION } from '../../chain/block/version.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import { authorities } from '../../chain/queries.ts';
import { check } from '../../chain/transaction/rules.ts';
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { Final, Head, Ledger } from '../../rpc/ports.ts';

export class TinyLedger implements Ledger {
  readonly chainId: Hash32;
  readonly genesisName: string;
  readonly #values = new Map<string, Bytes>();
  readonly #nodes = new Map<string, Bytes>();
  readonly #base = {
    view: { get: (key: Bytes) => this.#values.get(toHex(key)) },
    tree: { node: (key: Bytes) => this.#nodes.get(toHex(key)) },
  };
  /** Every block after genesis. */
  readonly blocks: Executed[] = [];
  readonly genesis: Genesis;
  /** The newest rules that the maker of its blocks says to know. */
  knows = RULES_VERSION;
  /** What the blocks below it have done is not kept. */
  prunedBelow = 1;
  readonly #listeners: ((event: ChainEvent) => void)[] = [];
  readonly #blockListeners: (() => void)[] = [];
  readonly #now: () => number;
  #state: State;

  /** @param now - of the clock by which blocks are made. */
  constructor(genesis: Genesis, now: () => number = () => 0) {
    this.#now = now;
    const { block, hash, writes, tree } = genesisState(genesis);
    this.genesis = genesis;
    this.chainId = chainIdOf(genesis);
    this.genesisName = genesis.name;
    this.#state = { header: block.header, hash, ...this.#base };
    this.#commit(writes, tree);
  }

  head(): Head {
    const { header, hash } = this.#state;
    const { height, time } = header;
    return { height, time, hash, epoch: childEpoch(header), rules: childVersion(this.#state) };
  }

  view() {
    return this.#base.view;
  }

  /** The state after the last block, for those who prove things of it. */
  get state(): State {
    return this.#state;
  }

  /** Of the state tree: two equal roots are two equal ledgers. */
  root(): string {
    return toHex(this.#state.header.stateRoot);
  }

  onEvent(listener: (event: ChainEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** A block has been made. */
  onBlock(listener: () => void): void {
    this.#blockListeners.push(listener);
  }

  async submit(checked: CheckedTransaction): Promise<Verdict<Final>> {
    const { header } = this.#state;
    const at = {
      view: header.view + 1,
      time: Math.max(header.time + 1, this.#now()),
      proposer: authorities(this.view())[0]!,
      knows: this.knows,
    };
    const context = {
      chainId: this.chainId,
      height: header.height + 1,
      time: at.time,
      epoch: childEpoch(header),
      version: childVersion(this.#state),
    };
    const early = check(this.view(), checked.transaction, context);
    if (early.kind !== 'accept') return early;
    const { executed, refused } = buildBlock(this.#state, [checked], at);
    const [refusal] = refused;
    if (refusal !== undefined) return refusal.verdict;
    this.#state = { header: executed.block.header, hash: executed.hash, ...this.#base };
    this.blocks.push(executed);
    this.#commit(executed.writes, executed.tree);
    for (const event of executed.events) for (const tell of this.#listeners) tell(event);
    for (const tell of this.#blockListeners) tell();
    return accept({ id: checked.id, height: executed.block.header.height, caused: true });
  }

  #commit(
    writes: readonly { key: Bytes; value: Bytes | undefined }[],
    tree: { put: readonly (readonly [Bytes, Bytes])[]; stale: readonly Bytes[] },
  ): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#values.delete(toHex(key));
      else this.#values.set(toHex(key), value);
    }
    for (const [key, value] of tree.put) this.#nodes.set(toHex(key), value);
    for (const key of tree.stale) this.#nodes.delete(toHex(key));
  }
}
