/**
 * The one door to state: executes blocks on top of the head, builds new ones, and turns a finalised block into
 * writes. Only `prepareCommit` and `advance` move the head, and only the engine calls them. Rules live in chain/.
 */
import { type Block, decodeOwnBlock, encodeBlock, type Header, headerHash } from '../../chain/block/block.ts';
import {
  type BlockPlace,
  type Built,
  buildBlock,
  buildInSteps,
  type Executed,
  executeBlock,
  executeInSteps,
  type State,
} from '../../chain/block/execute.ts';
import { chainIdOf, type Genesis, genesisState } from '../../chain/block/genesis.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import type { Ground } from '../../chain/state/overlay.ts';
import { type CheckedTransaction, markChecked } from '../../chain/transaction/signing.ts';
import { decodeTransaction } from '../../chain/transaction/transaction.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { StoreWrite } from '../../core/ports.ts';
import type { Hash32, Height } from '../../core/scalars.ts';
import type { Steps } from '../../core/steps.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import { type Checkpoint, contradicts, otherChain } from '../../light/checkpoint.ts';
import { trustBeginning } from '../../light/trusted.ts';
import type { Yield } from '../process/yield.ts';
import { type BlockStore, pendingBodies } from './block-store.ts';
import { HeadValues } from './head-values.ts';
import { PendingBlocks } from './pending.ts';

/** Blocks that become final together, and the writes that make them so: all in one synced batch. */
export type Commit = { readonly blocks: readonly Executed[]; readonly writes: readonly StoreWrite[] };

const NOTHING = new Uint8Array(0);

export type CommitListener = (executed: Executed, events: readonly ChainEvent[]) => void;

export class Ledger {
  readonly blocks: BlockStore;
  readonly chainId: Hash32;
  readonly genesis: Genesis;
  readonly #checkpoint: Checkpoint | undefined;
  readonly #base: Ground;
  readonly #values: HeadValues;
  readonly #pending = new PendingBlocks();
  readonly #listeners: CommitListener[] = [];
  readonly #advancedListeners: (() => void)[] = [];
  /** Bodies on the disk whose parent is not here, or has lost: we may have signed for them. Until they are decided. */
  #orphans: readonly { readonly height: Height; readonly hash: Hash32 }[] = [];
  #head: State;

  private constructor(blocks: BlockStore, genesis: Genesis, head: Header, checkpoint?: Checkpoint) {
    this.blocks = blocks;
    this.#checkpoint = checkpoint;
    this.genesis = genesis;
    this.chainId = chainIdOf(genesis);
    this.#values = new HeadValues((key) => blocks.value(key), blocks.cached.values);
    this.#base = { view: this.#values, tree: { node: (key) => blocks.node(key) } };
    this.#head = { header: head, hash: headerHash(head), ...this.#base };
  }

  /**
   * Opens the ledger of a store, or begins it from the genesis.
   * @throws Fault("config.invalid") for the genesis of another chain, Fault("ledger.other-chain") when the checkpoint
   * names another block than the one that is final here, Fault("ledger.newer") for the home of a newer program.
   */
  static async open(blocks: BlockStore, genesis: Genesis, checkpoint?: Checkpoint): Promise<Ledger> {
    const chainId = chainIdOf(genesis);
    const stored = blocks.chainId();
    if (stored === undefined) await writeGenesis(blocks, genesis, chainId);
    else if (!equalBytes(stored, chainId)) {
      throw new Fault(
        'config.invalid',
        `this home belongs to chain ${toHex(stored)}, the genesis makes chain ${toHex(chainId)}`,
      );
    }
    const hash = blocks.head();
    assert(hash !== undefined, 'a ledger has a head');
    if (!canRead(blocks, hash)) throw newer();
    const header = blocks.header(hash);
    assert(header !== undefined, 'the head has a body');
    const first = blocks.at(0);
    const beginning = first && blocks.header(first.hash);
    if (beginning !== undefined) trustBeginning(genesis, beginning);
    const own = checkpoint && blocks.at(checkpoint.height)?.hash;
    if (checkpoint && own && !equalBytes(own, checkpoint.hash)) throw otherChain(checkpoint, own);
    blocks.history.open(header.height, await blocks.oldestEvents());
    return new Ledger(blocks, genesis, header, checkpoint);
  }

  /** The state after the last final block. */
  head(): State {
    return this.#head;
  }

  /** The block that the first block of the present epoch builds on: genesis, or the one that sealed the last epoch. */
  epochRoot(): { readonly hash: Hash32; readonly height: Height } {
    return this.blocks.epochRoot();
  }

  /** The certificate that made the head final; none for genesis. */
  headCertificate(): Bytes | undefined {
    return this.blocks.at(this.#head.header.height)?.certificate;
  }

  stateOf(hash: Hash32): State | undefined {
    return equalBytes(hash, this.#head.hash) ? this.#head : this.#pending.stateOf(hash);
  }

  executed(hash: Hash32): Executed | undefined {
    return this.#pending.get(hash);
  }

  /** Does the operator know of another block at this height? */
  excludes(height: Height, hash: Hash32): boolean {
    return contradicts(this.#checkpoint, height, hash);
  }

  /** Ids of the transactions in the blocks between the head and this one. */
  takenBy(hash: Hash32): ReadonlySet<string> {
    return this.#pending.takenBy(hash);
  }

  /** @returns reject("block.wrong-parent") when the parent is not known here. */
  execute(block: Block, transactions: readonly CheckedTransaction[]): Verdict<Executed> {
    const parent = this.stateOf(block.header.parentHash);
    if (parent === undefined) return { kind: 'reject', code: 'block.wrong-parent' };
    const verdict = executeBlock(parent, block, transactions);
    if (verdict.kind === 'accept') this.#pending.add(verdict.value);
    return verdict;
  }

  /**
   * As `execute`, with turns for others. @param wanted - asked after each of them.
   * @returns undefined when it is not wanted any more, or another block has become final beside the parent.
   */
  async executeSlowly(
    block: Block,
    transactions: readonly CheckedTransaction[],
    yieldToLoop: Yield,
    wanted: () => boolean = () => true,
  ): Promise<Verdict<Executed> | undefined> {
    const { parentHash } = block.header;
    const parent = this.stateOf(parentHash);
    if (parent === undefined) return undefined;
    const steps = executeInSteps(parent, block, transactions);
    const verdict = await this.#slowly(steps, parentHash, yieldToLoop, wanted);
    if (verdict?.kind !== 'accept') return verdict;
    const known = this.executed(verdict.value.hash); // others stand on this one
    if (known === undefined) this.#pending.add(verdict.value);
    return known === undefined ? verdict : accept(known);
  }

  build(parentHash: Hash32, candidates: Iterable<CheckedTransaction>, at: BlockPlace): Built {
    const parent = this.stateOf(parentHash);
    assert(parent !== undefined, 'one builds on a block that is executed here');
    const built = buildBlock(parent, candidates, at);
    this.#pending.add(built.executed);
    return built;
  }

  /** As `build`, with turns for others, `wanted` and undefined as in `executeSlowly`. */
  async buildSlowly(
    parentHash: Hash32,
    candidates: readonly CheckedTransaction[],
    at: BlockPlace,
    yieldToLoop: Yield,
    wanted: () => boolean = () => true,
  ): Promise<Built | undefined> {
    const parent = this.stateOf(parentHash);
    assert(parent !== undefined, 'one builds on a block that is executed here');
    const built = await this.#slowly(buildInSteps(parent, candidates, at), parentHash, yieldToLoop, wanted);
    if (built !== undefined) this.#pending.add(built.executed);
    return built;
  }

  /** The state after the parent stays what it is as long as the parent is the head or pending. */
  async #slowly<T>(
    steps: Steps<T>,
    parentHash: Hash32,
    yieldToLoop: Yield,
    wanted: () => boolean,
  ): Promise<T | undefined> {
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      await yieldToLoop();
      if (!wanted() || this.stateOf(parentHash) === undefined) return undefined;
    }
  }

  /**
   * The state after the head stays what it is until `advance`, whatever is on the disk by then.
   * @returns undefined when the body of this block, or of an ancestor above the head, is not executed here.
   * @throws Fault("ledger.other-chain").
   */
  prepareCommit(hash: Hash32, certificate: Bytes): Commit | undefined {
    const blocks = this.#pending.chainTo(hash);
    const first = blocks[0];
    if (first === undefined || !equalBytes(first.block.header.parentHash, this.#head.hash)) return undefined;
    const excluded = blocks.find(({ block, hash: own }) => this.excludes(block.header.height, own));
    if (excluded !== undefined) throw otherChain(this.#checkpoint!, excluded.hash);
    const height = this.#head.header.height + 1;
    assert(
      blocks.every(({ block }, index) => block.header.height === height + index),
      'what becomes final has no gap',
    );
    assert(!this.#values.isLeaving, 'one commit is on its way at a time');
    for (const executed of blocks) this.#values.leave(executed.writes);
    const last = blocks.at(-1)!;
    const writes = blocks.flatMap((executed) => [
      ...this.blocks.commitWrites(executed, executed === last ? certificate : undefined),
      ...this.blocks.eventsWrites(executed),
      ...this.blocks.transactionWrites(executed),
      ...this.blocks.forgetBody(executed.block.header.height, executed.hash, true),
    ]);
    return { blocks, writes };
  }

  /** After the writes of a commit are durable: the head moves, listeners hear. @returns writes that drop losing bodies. */
  advance(commit: Commit): readonly StoreWrite[] {
    const last = commit.blocks.at(-1)!;
    assert(
      equalBytes(commit.blocks[0]!.block.header.parentHash, this.#head.hash),
      'a commit follows the head',
    );
    this.#values.arrive(commit.blocks.flatMap(({ writes }) => writes));
    this.#head = { header: last.block.header, hash: last.hash, ...this.#base };
    const losers = this.#pending.land(commit.blocks, this.#base);
    for (const executed of commit.blocks) {
      for (const listener of this.#listeners) listener(executed, executed.events);
    }
    for (const listener of this.#advancedListeners) listener();
    return [
      ...losers.flatMap(({ block, hash }) => this.blocks.forgetBody(block.header.height, hash, false)),
      ...this.#decidedOrphans(last.block.header.height),
    ];
  }

  #decidedOrphans(height: Height): StoreWrite[] {
    const decided = this.#orphans.filter((orphan) => orphan.height <= height);
    this.#orphans = this.#orphans.filter((orphan) => orphan.height > height);
    return decided.flatMap(({ height: at, hash }) =>
      this.blocks.forgetBody(at, hash, this.#isFinal(at, hash)),
    );
  }

  #isFinal(height: Height, hash: Hash32): boolean {
    return equalBytes(this.blocks.at(height)?.hash ?? NOTHING, hash);
  }

  /**
   * Executes again what was durable but not final when the node stopped. Signatures were verified before it was stored.
   * What has lost, and was not forgotten before a crash, is forgotten now.
   */
  async restorePending(): Promise<void> {
    const stale: StoreWrite[] = [];
    const orphans: { height: Height; hash: Hash32 }[] = [];
    for (const hash of await pendingBodies(this.blocks.store)) {
      const block = this.blocks.body(hash);
      if (block === undefined) continue;
      const { height } = block.header;
      if (height <= this.#head.header.height) {
        stale.push(...this.blocks.forgetBody(height, hash, this.#isFinal(height, hash)));
        continue;
      }
      const transactions = block.transactions.map((bytes) => stored(bytes, block.header.version));
      if (this.stateOf(block.header.parentHash) === undefined) orphans.push({ height, hash });
      else this.execute(block, transactions);
    }
    this.#orphans = orphans;
    if (stale.length > 0) await this.blocks.store.write(stale, { sync: false });
  }

  /** Called for every final block, in order, after it is durable. Must not throw. */
  onCommit(listener: CommitListener): void {
    this.#listeners.push(listener);
  }

  /** Called once the head has moved, after all listeners of `onCommit` have heard of every block. Must not throw. */
  onAdvanced(listener: () => void): void {
    this.#advancedListeners.push(listener);
  }
}

async function writeGenesis(blocks: BlockStore, genesis: Genesis, chainId: Hash32): Promise<void> {
  const state = genesisState(genesis);
  const committable = { ...state, bytes: encodeBlock(state.block) };
  await blocks.store.write(blocks.genesisWrites(committable, chainId), { sync: true });
}

/** What newer rules have made of a state this program must not even read. */
function canRead(blocks: BlockStore, head: Hash32): boolean {
  const bytes = blocks.bodyBytes(head);
  const block = bytes && decodeOwnBlock(bytes);
  return (
    block?.kind !== 'ignore' && (block?.kind !== 'accept' || block.value.header.version <= RULES_VERSION)
  );
}

function newer(): Fault {
  return new Fault(
    'ledger.newer',
    `the last block of this home follows rules that this program does not know (it knows version ${RULES_VERSION}): install a newer one, or the one that ran here before`,
  );
}

function stored(bytes: Bytes, version: number): CheckedTransaction {
  const transaction = decodeTransaction(bytes, version);
  assert(transaction.kind === 'accept', 'a stored transaction decodes');
  return markChecked(bytes, transaction.value);
}
