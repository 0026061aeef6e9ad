/**
 * Is a proposed block valid here? Gets the body, waits for its time, has the signatures checked and executes it.
 * "Not known yet" is no verdict: then there is none, and consensus asks again. One body for one question, whatever
 * stands in it: no proposal makes this node fetch more.
 */
import type { Header } from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import { authorities } from '../../chain/queries.ts';
import { type BlockRef, equalRefs, refKey } from '../../consensus/block-ref.ts';
import { toHex } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import type { Clock, Log, PeerKey } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { TransactionChecker } from '../mempool/transaction-checker.ts';
import type { Yield } from '../process/yield.ts';
import type { Bodies, Body } from './bodies.ts';
import { EarlyBlocks } from './early-blocks.ts';
import { checkLeader } from './leader-check.ts';

export type Judgement = { readonly valid: false } | { readonly valid: true; readonly executed: Executed };

type Ports = {
  readonly ledger: Ledger;
  readonly bodies: Bodies;
  readonly checker: TransactionChecker;
  readonly clock: Clock;
  readonly log: Log;
  readonly yieldToLoop: Yield;
};

export class Validator {
  readonly #ports: Ports;
  /** One judgement of a block at a time, whoever asks; under all that is said of it, for a liar says something else. */
  readonly #running = new Map<string, Promise<Judgement | undefined>>();
  /** Blocks whose time has not come. */
  readonly #held = new Set<() => void>();
  readonly #early: EarlyBlocks;
  #stopped = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#early = new EarlyBlocks(ports.log);
  }

  /**
   * @param block - as consensus names it: only a block of just that hash, parent and height is valid.
   * @param from - who must have the body. @returns undefined when data is missing: no verdict.
   */
  judge(block: BlockRef, from: PeerKey): Promise<Judgement | undefined> {
    const name = refKey(block);
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const judgement = this.#judge(block, from).finally(() => this.#running.delete(name));
    this.#running.set(name, judgement);
    return judgement;
  }

  /** Resolves when nothing is looked at any more: what is being executed ends at its next yield, without a verdict. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const goOn of [...this.#held]) goOn();
    await Promise.allSettled(this.#running.values());
  }

  async #judge(wanted: BlockRef, from: PeerKey): Promise<Judgement | undefined> {
    const { ledger, bodies, checker, clock, log, yieldToLoop } = this.#ports;
    const { hash, height } = wanted;
    const known = ledger.executed(hash);
    if (known !== undefined) return judgementOf(known, wanted);
    if (height <= ledger.head().header.height) return undefined; // decided already, for it or against it
    if (ledger.excludes(height, hash)) {
      // Our operator's word, not the leader's fault: no vote, and no verdict that outlives it.
      log.warn('block refused', { height, hash: toHex(hash), code: 'block.other-chain' satisfies Code });
      return undefined;
    }
    const own = ledger.blocks.body(hash); // from before a snapshot took the ledger above which it stood
    const body = own === undefined ? await bodies.obtain(hash, from) : { block: own, hash };
    if (body === undefined || this.#stopped) return undefined;
    // Whoever proposes it may say anything of it: nothing else is looked at, and no parent of it is fetched.
    if (!equalRefs(refOf(hash, body.block.header), wanted)) return this.#refuse(body, 'block.wrong-header');
    // Consensus has parents judged first, and asks again.
    const parent = ledger.stateOf(wanted.parentHash);
    if (parent === undefined) return undefined;
    const led = checkLeader(parent.header, body.block.header, authorities(parent.view));
    if (led.kind === 'reject') return this.#refuse(body, led.code);
    const aheadMs = body.block.header.time - clock.now();
    if (this.#early.isTooEarly(body.block.header, aheadMs, parent.view)) return undefined;
    if (aheadMs > 0) await this.#hold(aheadMs); // not refused
    if (this.#stopped) return undefined;
    const transactions = await checker.checkAll(body.block.transactions, body.block.header.version);
    if (this.#stopped) return undefined;
    if (transactions.kind !== 'accept') return this.#refuse(body, transactions.code);
    const again = ledger.executed(hash);
    if (again !== undefined) return judgementOf(again, wanted);
    const isWanted = (): boolean => !this.#stopped;
    const verdict = await ledger.executeSlowly(body.block, transactions.value, yieldToLoop, isWanted);
    if (verdict === undefined) return undefined; // lost against another block, or the node stops
    if (verdict.kind === 'ignore') return undefined; // a newer version of this program may know
    if (verdict.kind === 'reject') return this.#refuse(body, verdict.code);
    log.debug('block executed', { height: body.block.header.height });
    return { valid: true, executed: verdict.value };
  }

  async #hold(forMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#ports.clock.after(forMs, resolve);
    this.#held.add(resolve);
    await promise;
    cancel();
    this.#held.delete(resolve);
  }

  #refuse(body: Body, code: Code): Judgement {
    this.#ports.log.warn('block refused', { height: body.block.header.height, hash: toHex(body.hash), code });
    return { valid: false };
  }
}

/** A name that is not the block's own is as good as an invalid block. */
function judgementOf(executed: Executed, wanted: BlockRef): Judgement {
  const isMeant = equalRefs(refOf(executed.hash, executed.block.header), wanted);
  return isMeant ? { valid: true, executed } : { valid: false };
}

function refOf(hash: Hash32, { parentHash, height }: Header): BlockRef {
  return { hash, parentHash, height };
}
