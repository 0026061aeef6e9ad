/**
 * What honest nodes may call final: one block a height, each the child of the one before, later than it, and with the
 * state that its header promises. Keeps the one chain that the first to commit has shown, and lets the reference model
 * play it.
 */
import {
  authoritiesHash,
  decodeBlock,
  type Header,
  headerHash,
  sealsEpoch,
} from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import { type Genesis, genesisState } from '../../chain/block/genesis.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { authorities } from '../../chain/queries.ts';
import { decodeTransaction, type Transaction, transactionId } from '../../chain/transaction/transaction.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import type { PeerKey } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import type { Ledger } from '../../node/ledger/ledger.ts';
import type { Coverage } from './coverage.ts';
import { type Change, differenceFrom, LedgerJudge } from './judge-ledger.ts';
import type { Signatures } from './signatures.ts';

type Final = {
  readonly hash: string;
  readonly header: Header;
  /** What must be seen after it; of genesis nothing. */
  readonly change: Change | undefined;
};
/** A block that a faulty node has committed. */
type Shown = { readonly bytes: Uint8Array; readonly parent: string; readonly next: readonly PeerKey[] };
type Ports = {
  readonly coverage: Coverage;
  /** False: this is the key of an honest node, which has never proposed it. */
  mayHaveMade(key: PeerKey, hash: Hash32): boolean;
  report(rule: string, detail: string): void;
};

/** Versions: that the last block follows, and that the next one has to follow. */
export type Rules = { readonly last: number; readonly next: number };

export class ChainJudge {
  readonly ledger: LedgerJudge;
  readonly #ports: Ports;
  readonly #chain: Final[] = [];
  readonly #heights = new Map<string, number>();
  readonly #epochs: (readonly PeerKey[])[] = [];
  /** By hash, in hex. No judgement rests on them: they may fill a gap between blocks of honest nodes. */
  readonly #shown = new Map<string, Shown>();
  /** Transaction → height. */
  readonly #transactions = new Map<string, number>();

  constructor(ports: Ports, genesis: Genesis, signatures: Signatures) {
    this.#ports = ports;
    const { block, hash } = genesisState(genesis);
    this.ledger = new LedgerJudge(genesis, block.header.chainId, signatures);
    this.#chain.push({ hash: toHex(hash), header: block.header, change: undefined });
    this.#epochs.push(genesis.authorities);
  }

  get height(): number {
    return this.#chain.length - 1;
  }

  get rules(): Rules {
    return { last: this.#chain.at(-1)!.header.version, next: this.ledger.nextVersion };
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
    if (height === this.#chain.length)
      this.#append(node, executed.bytes, () => authorities(executed.state.view));
    this.#same(node, height, hash);
    const head = ledger.head();
    if (equalBytes(head.hash, executed.hash)) this.#compare(node, ledger, height);
  }

  /**
   * A faulty node has committed a block, and may be the only one: it keeps what is final to itself, and the others begin
   * with the state of a later block.
   */
  shown({ block, hash, bytes, state }: Executed): void {
    const parent = toHex(block.header.parentHash);
    this.#shown.set(toHex(hash), { bytes, parent, next: authorities(state.view) });
  }

  #learnFrom(node: string, ledger: Ledger, below: number): void {
    const base = ledger.blocks.base();
    // Whoever has pruned, or has begun with a state, has no older ones: somebody else has shown them, or will.
    if (this.#chain.length < base && base > 1 && !this.#bridge(node, ledger, base)) return;
    for (let height = this.#chain.length; height < below; height++) {
      const row = ledger.blocks.at(height);
      const bytes = row && ledger.blocks.bodyBytes(row.hash);
      if (bytes === undefined) this.#ports.report('no gaps', `${node} has no block ${height}`);
      else
        this.#append(node, bytes, () => authorities(ledger.stateOf(row!.hash)?.view ?? ledger.head().view));
    }
  }

  /** From the lowest block of an honest node back to the last one that is known. @returns is there no gap any more? */
  #bridge(node: string, ledger: Ledger, base: number): boolean {
    const row = ledger.blocks.at(base);
    const lowest = row && ledger.blocks.body(row.hash);
    const missing: Shown[] = [];
    let parent = lowest && toHex(lowest.header.parentHash);
    while (parent !== undefined && parent !== this.#chain.at(-1)!.hash) {
      const found = this.#shown.get(parent);
      if (found !== undefined) missing.unshift(found);
      parent = found?.parent;
    }
    if (parent === undefined) return false;
    for (const { bytes, next } of missing) this.#append(node, bytes, () => next);
    return true;
  }

  /** @param next - the authorities after it. */
  #append(node: string, bytes: Uint8Array, next: () => readonly PeerKey[]): void {
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
    const hash = headerHash(header);
    this.#led(header, hash, parent.header);
    const decoded = transactions.flatMap((bytes) => this.#transaction(header, bytes));
    const { forbidden, change, decided, expired, version, upgrades } = this.ledger.play(header, decoded);
    for (const kind of decided) this.#ports.coverage.count(`decided: ${kind}`);
    this.#ports.coverage.count('proposals that expired', expired);
    if (upgrades) this.#ports.coverage.count('upgrades that came into force');
    if (header.version !== version) {
      this.#ports.report('made by its rules', `block ${height} follows ${header.version}, not ${version}`);
    }
    if (version > RULES_VERSION) {
      this.#ports.report('made by its rules', `block ${height} follows ${version}, which nobody knows`);
    }
    if (forbidden !== undefined) {
      this.#ports.report('stands means allowed', `block ${height} of ${node}: ${forbidden}`);
    }
    if (!this.ledger.isSound()) this.#ports.report('tokens conserved', `block ${height} of ${node}`);
    this.#chain.push({ hash: toHex(hash), header, change });
    this.#ports.coverage.count('blocks');
    this.#ports.coverage.count('transactions', transactions.length);
    if (sealsEpoch(header)) this.#newEpoch(header, next());
  }

  /** By whoever leads the view that it names (epoch + view, by the order of keys), and later than its parent. */
  #led(header: Header, hash: Hash32, parent: Header): void {
    const { height, epoch, view, proposer } = header;
    const keys = this.#epochs[epoch] ?? [];
    const key = keys[(epoch + view) % keys.length];
    if (key === undefined || !equalBytes(key, proposer)) {
      this.#ports.report('made by its leader', `block ${height}, view ${view}`);
    }
    if (view < 1 || (epoch === parent.epoch && view <= parent.view)) {
      this.#ports.report('views ascend', `block ${height}: ${view} after ${parent.view}`);
    }
    if (keys.length > 1 && !this.#ports.mayHaveMade(proposer, hash)) {
      this.#ports.report(
        'made by its leader',
        `block ${height} names an honest one, which never proposed it`,
      );
    }
  }

  /** @returns none or one. */
  #transaction({ height, version }: Header, bytes: Uint8Array): Transaction[] {
    const id = toHex(transactionId(bytes));
    const before = this.#transactions.get(id);
    const transaction = decodeTransaction(bytes, version);
    if (transaction.kind !== 'accept') {
      this.#ports.report('well-formed', `${id}: ${transaction.code}`);
      return [];
    }
    if (before !== undefined && !mayComeAgain(transaction.value)) {
      this.#ports.report('exactly once', `${id} in blocks ${before} and ${height}`);
    }
    this.#transactions.set(id, height);
    return [transaction.value];
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
    const change = this.#chain[height]?.change;
    if (change === undefined) return;
    const difference = differenceFrom(change, ledger.head().view);
    if (difference === undefined) return;
    const rule = difference.startsWith('supply') ? 'tokens conserved' : 'equal state';
    this.#ports.report(rule, `${node} at ${height}: ${difference}`);
  }
}

/** A library may change its mind about whose upload it attests, and back: the same bytes are of use again. */
function mayComeAgain({ kind }: Transaction): boolean {
  return kind === 'upload' || kind === 'attest';
}
