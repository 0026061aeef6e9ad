/**
 * From a transaction to its finality: checks it, pools it, passes it on, and waits for the block. Whoever
 * submits the same transaction while it waits, waits with them; that it was his who came first is told to one only. What
 * does not become final in time is said so; it may still become final later, and asking again is always safe.
 */

import { canFollow } from '../../chain/block/version.ts';
import { check } from '../../chain/transaction/rules.ts';
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { encodeTransaction, type Transaction } from '../../chain/transaction/transaction.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Hash32, Height } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Timers } from '../process/timers.ts';
import type { Yield } from '../process/yield.ts';
import type { Pool } from './pool.ts';
import type { Relay } from './relay.ts';
import { ruleContext } from './rule-context.ts';
import type { TransactionChecker } from './transaction-checker.ts';

/**
 * `caused`: this call has brought the transaction, and it is what was done. Not so for whoever submitted the same one at the
 * same time, or what had come by gossip, or wanted what another transaction did meanwhile.
 */
export type Final = { readonly id: Hash32; readonly height: Height; readonly caused: boolean };
type Place = Omit<Final, 'caused'>;

type Ports = {
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly checker: TransactionChecker;
  readonly relay: Relay;
  readonly clock: Clock;
  readonly yieldToLoop: Yield;
  /** The pool has something new. */
  pooled(): void;
};
type Waiting = {
  readonly checked: CheckedTransaction;
  /** Of whoever came first, and brought it: undefined when it was in the pool before. */
  readonly cause: OnFinal | undefined;
  readonly answers: OnFinal[];
  /** How often it was looked at. Counted, not timed: a clock may be set meanwhile. */
  looks: number;
};
type OnFinal = (verdict: Verdict<Final>) => void;

/** How often what somebody waits for is gossiped once more. */
const AGAIN_MS = 2_000;

export class Submission {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #waiting = new Map<string, Waiting>();
  /** Final; those who wait have not been told yet. While there is something in it, they are being told. */
  readonly #due = new Map<string, Place>();
  #stopped = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    ports.ledger.onCommit((executed) => {
      const idle = this.#due.size === 0;
      for (const { id } of executed.transactions) {
        const name = toHex(id);
        ports.pool.remove(name);
        if (this.#waiting.has(name)) this.#due.set(name, { id, height: executed.block.header.height });
      }
      if (idle) void this.#answerDue();
    });
    ports.pool.onPushedOut(({ id }) => this.#answer(toHex(id), reject('pool.full')));
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
    for (const [id, final] of this.#due) this.#answer(id, accept(final), true);
    this.#due.clear();
    for (const id of [...this.#waiting.keys()]) this.#answer(id, reject('node.not-ready'));
  }

  /** For a transaction whose signatures nobody has looked at yet. @returns as `enter`, or reject("signature.wrong"). */
  async submit(transaction: Transaction): Promise<Verdict<Final>> {
    const checked = await this.#ports.checker.check(encodeTransaction(transaction), transaction);
    return checked.kind === 'accept' ? this.enter(checked.value) : checked;
  }

  /**
   * Resolves when the transaction is final, or when it is clear that it will not be. Only what is checked comes in:
   * what a rule says of a key is for nobody who has not signed with it.
   * @returns accept, the ignore("…already…") or reject of its rule, the rejects of the pool,
   * reject("node.finality-timeout"), or reject("node.not-ready") when it is stopped or too old for the next block.
   */
  async enter(checked: CheckedTransaction): Promise<Verdict<Final>> {
    const { pool, relay } = this.#ports;
    const id = toHex(checked.id);
    if (this.#stopped) return reject('node.not-ready');
    const waiting = this.#waiting.get(id);
    if (waiting !== undefined) return new Promise((answer) => waiting.answers.push(answer));
    const allowed = this.#check(checked.transaction);
    if (allowed.kind !== 'accept') return allowed;
    // The others might put it into a block that we cannot read: nobody pays for what is not handed out here.
    if (!canFollow(this.#ports.ledger.head())) return reject('node.not-ready');
    if (this.#waiting.size >= limits.waitersMax) return reject('pool.full');
    const added = pool.add(checked);
    if (added.kind === 'reject') return added;
    return new Promise((answer) => {
      const isNew = added.kind === 'accept';
      this.#waiting.set(id, { checked, cause: isNew ? answer : undefined, answers: [answer], looks: 0 });
      if (isNew) relay.send(checked);
      this.#ports.pooled();
      if (this.#waiting.size === 1) this.#lookAgainLater();
    });
  }

  /** It has left the pool: the head does not take it, or no longer needs it. */
  dropped({ id }: CheckedTransaction, verdict: Verdict): void {
    const { height } = this.#ports.ledger.head().header;
    if (verdict.kind === 'reject') this.#answer(toHex(id), verdict);
    // Somebody else's transaction did what this one wanted to do: it is done.
    else this.#answer(toHex(id), accept({ id, height }));
  }

  #check(transaction: Transaction): Verdict<never> | Verdict {
    const { ledger, clock } = this.#ports;
    return check(ledger.head().view, transaction, ruleContext(ledger, clock));
  }

  /** Whoever hears has a torrent or a receipt made: others get turns in between. */
  async #answerDue(): Promise<void> {
    for (const [id, final] of this.#due) {
      await this.#ports.yieldToLoop();
      if (this.#due.delete(id)) this.#answer(id, accept(final), true);
    }
  }

  /** @param stands - this very transaction stands in a block. */
  #answer(id: string, verdict: Verdict<Place>, stands = false): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    for (const answer of waiting.answers) {
      const caused = stands && answer === waiting.cause;
      answer(verdict.kind === 'accept' ? accept({ ...verdict.value, caused }) : verdict);
    }
  }

  #lookAgainLater(): void {
    this.#timers.set('again', AGAIN_MS, () => {
      for (const [id, waiting] of [...this.#waiting]) this.#lookAgain(id, waiting);
      if (this.#waiting.size > 0) this.#lookAgainLater();
    });
  }

  #lookAgain(id: string, waiting: Waiting): void {
    if (this.#due.has(id)) return;
    waiting.looks += 1;
    // The first look may come right behind it.
    if ((waiting.looks - 1) * AGAIN_MS >= limits.finalityWaitMs) {
      this.#answer(id, reject('node.finality-timeout'));
      return;
    }
    if (waiting.looks > 1) this.#ports.relay.send(waiting.checked); // a gossip message may have been lost
  }
}
