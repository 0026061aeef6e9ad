/**
 * Takes final blocks that somebody has sent: every certificate first, then every signature, then every block is
 * executed, with turns for others, and handed to the engine to commit. Signatures of what comes next are checked on a thread of their own while
 * the present blocks are executed, and executed while the ones before are written to the disk. Trusts nobody.
 */
import type { Block } from '../../chain/block/block.ts';
import { sealsEpoch } from '../../chain/block/block.ts';
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import type { Finalization } from '../../consensus/messages.ts';
import { equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import type { Hash32, Height } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { type Run, verifyRun } from '../../light/run.ts';
import type { Trusted, VerifySignature } from '../../light/trusted.ts';
import type { Engine } from '../engine/engine.ts';
import { trustedState } from '../ledger/committees.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransactionChecker } from '../mempool/transaction-checker.ts';
import type { Yield } from '../process/yield.ts';
import type { Segment } from './segments.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly engine: Engine;
  readonly checker: TransactionChecker;
  readonly verify: VerifySignature;
  readonly log: Log;
  readonly yieldToLoop: Yield;
  /** What does not go on from our head, and may be final all the same. */
  otherChain(run: Run): void;
  /** A certificate holds: there are blocks up to this height. */
  certified(height: Height): void;
  stopped(): boolean;
};
type Judged = { readonly block: Block; readonly hash: Hash32; readonly checked: Checked };
type Checked = Promise<Verdict<readonly CheckedTransaction[]>>;
/** Its certificate holds; its signatures are being looked at. */
type Prepared = {
  readonly blocks: readonly Judged[];
  readonly certificate: Finalization;
  readonly trusted: Trusted;
};

export class BlockTaker {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @returns accept as well when consensus was faster; else why they are not what comes next. */
  async take(segments: readonly Segment[]): Promise<Verdict> {
    const waiting = [...segments];
    const prepared: Prepared[] = [];
    let committing: Promise<void> = Promise.resolve();
    let verdict: Verdict = accept();
    let last = trustedState(this.#ports.ledger.head());
    while (!this.#ports.stopped()) {
      // As many as keep the thread busy; what is wrong is told once all before it is taken.
      let ahead = prepared.reduce((sum, { blocks }) => sum + sizeOf(blocks), 0);
      while (verdict.kind === 'accept' && (prepared.length < 2 || ahead < limits.checkingAheadMax)) {
        const segment = sealsEpoch(last.header) && prepared.length > 0 ? undefined : waiting.shift();
        if (segment === undefined) break;
        const one = this.#prepare(segment, last);
        if (one.kind !== 'accept') verdict = one;
        else if (one.value !== undefined) {
          prepared.push(one.value);
          last = one.value.trusted;
          ahead += sizeOf(one.value.blocks);
        }
      }
      const next = prepared.shift();
      if (next === undefined) break;
      const executed = await this.#execute(next);
      if (executed.kind !== 'accept') {
        verdict = executed;
        break;
      }
      await committing;
      committing = this.#commit(next.certificate);
      if (!sealsEpoch(next.trusted.header)) continue;
      await committing;
      // Who signs the blocks behind it stands in the state after it.
      last = trustedState(this.#ports.ledger.head());
    }
    await committing;
    await Promise.all(prepared.flatMap(({ blocks }) => blocks.map(({ checked }) => checked)));
    return verdict;
  }

  /** Certificate first: nothing is looked at that q authorities have not finalised. */
  #prepare(segment: Segment, trusted: Trusted): Verdict<Prepared | undefined> {
    const { ledger, checker, verify } = this.#ports;
    const { height } = trusted.header;
    const blocks = segment.blocks.filter(({ header }) => header.height > height); // consensus may have been faster
    const [first] = blocks;
    if (first === undefined) return accept(undefined);
    if (!equalBytes(first.header.parentHash, trusted.hash)) {
      this.#ports.otherChain(runOf(segment));
      return reject('block.wrong-parent');
    }
    const run = { headers: blocks.map(({ header }) => header), finalization: segment.certificate };
    const hashes = verifyRun(trusted, run, verify);
    if (hashes.kind !== 'accept') return hashes;
    const excluded = blocks.find(({ header }, index) => ledger.excludes(header.height, hashes.value[index]!));
    if (excluded !== undefined) return reject('block.other-chain');
    const judged = blocks.map((block, index): Judged => {
      return {
        block,
        hash: hashes.value[index]!,
        checked: checker.checkAll(block.transactions, block.header.version),
      };
    });
    const { block, hash } = judged.at(-1)!;
    this.#ports.certified(block.header.height);
    const { certificate } = segment;
    return accept({
      blocks: judged,
      certificate,
      trusted: { header: block.header, hash, authorities: trusted.authorities },
    });
  }

  async #execute({ blocks }: Prepared): Promise<Verdict> {
    const { ledger, yieldToLoop, stopped } = this.#ports;
    const wanted = (): boolean => !stopped();
    for (const { block, hash, checked } of blocks) {
      await yieldToLoop(); // a block of few transactions has no turns of its own, and there may be a thousand
      if (stopped()) break;
      const transactions = await checked;
      if (transactions.kind !== 'accept') return transactions;
      if (block.header.height <= ledger.head().header.height) continue; // consensus was faster
      if (ledger.executed(hash) !== undefined) continue;
      const executed = await ledger.executeSlowly(block, transactions.value, yieldToLoop, wanted);
      if (executed !== undefined && executed.kind !== 'accept') return executed; // undefined: as above, or we stop
    }
    return accept();
  }

  async #commit(certificate: Finalization): Promise<void> {
    const { engine, ledger, log } = this.#ports;
    await engine.commitSynced(certificate);
    log.debug('blocks synchronised', { height: ledger.head().header.height });
  }
}

function sizeOf(blocks: readonly Judged[]): number {
  return blocks.reduce((sum, { block }) => sum + block.transactions.length, 0);
}

export function runOf({ blocks, certificate }: Segment): Run {
  return { headers: blocks.map(({ header }) => header), finalization: certificate };
}
