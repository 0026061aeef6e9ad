/**
 * The judge: told everything by the simulator, asks nobody, and depends on no code of node/ but for the types of
 * what it looks at. Keeps the first violation; the simulation stops there.
 */
import type { Executed } from '../../chain/block/execute.ts';
import type { Genesis } from '../../chain/block/genesis.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import type { Statement } from '../../consensus/messages.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import type { PeerKey, Store, StoreWrite } from '../../core/ports.ts';
import type { Ledger } from '../../node/ledger/ledger.ts';
import type { Final } from '../../node/mempool/submission.ts';
import type { Coverage } from './coverage.ts';
import { ChainJudge } from './judge-chain.ts';
import { finalisedView, isJournalRecord, journalRecords, staleBodies, stateDigest } from './judge-disk.ts';
import { MemoryJudge } from './judge-memory.ts';
import { VoteJudge } from './judge-votes.ts';
import { WordsJudge } from './judge-words.ts';
import type { Signatures } from './signatures.ts';

export type Violation = { readonly rule: string; readonly detail: string };

export class Judge {
  readonly chain: ChainJudge;
  readonly memory: MemoryJudge;
  readonly words: WordsJudge;
  readonly #votes: VoteJudge;
  readonly #honest: ReadonlyMap<string, string>;
  readonly #acknowledged: {
    readonly node: string;
    readonly transaction: Transaction;
    readonly final: Final;
  }[] = [];
  #violation: Violation | undefined;

  /** @param honest - name of a node → its key in hex. @param blocksKept - whoever keeps few keeps so many blocks. */
  constructor(
    coverage: Coverage,
    genesis: Genesis,
    honest: ReadonlyMap<string, string>,
    signatures: Signatures,
    blocksKept: number,
  ) {
    const report = (rule: string, detail: string): void => this.report(rule, detail);
    const mayHaveMade = (key: PeerKey, hash: Bytes): boolean =>
      ![...honest.values()].includes(toHex(key)) || this.#votes.hasProposed(key, hash);
    this.chain = new ChainJudge({ coverage, report, mayHaveMade }, genesis, signatures);
    this.memory = new MemoryJudge({ blocksKept, report });
    this.words = new WordsJudge({ report });
    this.#votes = new VoteJudge({ coverage, report, authorities: (epoch) => this.chain.authorities(epoch) });
    this.#honest = honest;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  report(rule: string, detail: string): void {
    this.#violation ??= { rule, detail };
  }

  /** A synced batch of an honest node has reached its disk. */
  durable(node: string, batch: readonly StoreWrite[]): void {
    for (const write of batch) {
      if (write.type === 'put' && isJournalRecord(write.key)) this.#votes.durable(node, write.value);
    }
  }

  /** An honest node finds this disk when it starts. */
  async wakes(node: string, store: Store): Promise<void> {
    const head = finalisedView(store);
    this.#votes.wakes(node, await journalRecords(store), head);
  }

  /** What this node knew is gone: it starts anew, and is bound by what it has said all the same. */
  forgets(node: string): void {
    this.chain.forgets(node);
    this.#votes.forgets(node);
  }

  /** Its whole home is an old one, and nothing in it says so: it counts as one of the f that may contradict themselves. */
  rollsBack(node: string): void {
    this.forgets(node);
    this.#votes.rollsBack(node);
  }

  /** Of homes that were rolled back. */
  get contradictions(): number {
    return this.#votes.contradictions;
  }

  /** @param holds - has this node the body of that block on its disk? */
  sending(node: string, key: PeerKey, frame: Bytes, holds: (hash: Bytes) => boolean): void {
    this.#votes.sending(node, key, frame, holds);
  }

  opened(node: string, ledger: Ledger): void {
    const { epoch, view } = ledger.head().header;
    this.#votes.certified(node, epoch, view); // of a state that it has joined by
    this.chain.opened(node, ledger);
  }

  committed(node: string, ledger: Ledger, executed: Executed): void {
    const { epoch, view } = executed.block.header;
    this.#votes.certified(node, epoch, view);
    this.chain.committed(node, ledger, executed);
  }

  /** Evidence against an honest authority would be a lie that everybody believes. */
  accused(node: string, statement: Statement): void {
    const { epoch, view, signer } = statement;
    const key = this.chain.authorities(epoch)?.[signer];
    const [accused] = [...this.#honest].find(([, hex]) => key !== undefined && hex === toHex(key)) ?? [];
    if (key !== undefined && accused !== undefined && !this.#votes.isPardoned(accused, epoch, view)) {
      this.report('no two votes', `${node} has evidence against ${toHex(key).slice(0, 8)}, which is honest`);
    }
  }

  /** An honest node has stopped itself. */
  mistake(node: string, error: unknown): void {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.report('no mistakes of ours', `${node}: ${detail}`);
  }

  /** A node has told a reader that this is final. */
  acknowledged(node: string, transaction: Transaction, final: Final): void {
    this.#acknowledged.push({ node, transaction, final });
    if (final.height > this.chain.heightOf(node)) {
      this.report(
        'acknowledged is final',
        `${node} says ${final.height} and is at ${this.chain.heightOf(node)}`,
      );
    }
    this.#stands(node, transaction, final);
  }

  /** At the same head every honest disk holds the same state, byte for byte. */
  compareDisks(
    disks: readonly (readonly [node: string, rows: readonly (readonly [Bytes, Bytes])[]])[],
  ): void {
    for (const [node, rows] of disks) {
      const stale = staleBodies(rows, this.chain.height);
      if (stale > 0)
        this.report('no body for nothing', `${stale} bodies of decided heights on the disk of ${node}`);
    }
    const [first, ...others] = disks.map(([node, rows]) => ({ node, state: stateDigest(rows) }));
    for (const { node, state } of others) {
      if (state !== first!.state)
        this.report('equal state', `the disks of ${first!.node} and ${node} differ`);
    }
  }

  /** What was acknowledged ever, once more, when all have the same head. */
  ends(): void {
    for (const { node, transaction, final } of this.#acknowledged) this.#stands(node, transaction, final);
  }

  #stands(node: string, transaction: Transaction, { id }: Final): void {
    if (this.#isDone(transaction, id)) return;
    this.report('acknowledged is final', `${node}: ${transaction.kind} ${toHex(id)}`);
  }

  /** Idempotent kinds may have been done by another transaction; the others stand in the chain themselves. */
  #isDone(transaction: Transaction, id: Bytes): boolean {
    const { ledger } = this.chain;
    switch (transaction.kind) {
      case 'register':
        return ledger.isRegistered(transaction.key);
      case 'download':
        return ledger.hasBought(transaction.hash, transaction.key);
      case 'upload':
      case 'attest':
        return ledger.hasHeard(transaction);
      case 'approve':
        return true;
      default:
        return this.chain.find(id) !== undefined;
    }
  }
}

export function sameHead(ledgers: readonly Ledger[]): boolean {
  const first = ledgers[0]?.head().hash;
  return first === undefined || ledgers.every((ledger) => equalBytes(ledger.head().hash, first));
}
