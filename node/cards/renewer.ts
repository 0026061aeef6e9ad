/**
 * Goes through the list of cards, a piece at a time, for ever: renews those that are due and in use, and throws away what
 * is over. It keeps nothing of its own: after a restart it begins anew, and what was renewed is not due any more.
 */
import { periodOf } from '../../chain/state/day.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import { Timers } from '../process/timers.ts';
import type { Yield } from '../process/yield.ts';
import type { CardBook, CardRow } from './card-book.ts';
import type { InForce, Lender } from './lender.ts';
import { isDue, isInUse } from './policy.ts';

type Ports = {
  readonly book: CardBook;
  readonly lender: Lender;
  readonly clock: Clock;
  readonly log: Log;
  readonly yieldToLoop: Yield;
  /** Does this library lend now? */
  isLending(): boolean;
  /** The disk failed, or we did. */
  failed(error: unknown): void;
};

export class Renewer {
  readonly #ports: Ports;
  readonly #timers: Timers;
  /** The last one that it has looked at; undefined: it begins anew. */
  #after: PublicKey32 | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  start(): void {
    this.#later();
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  /** Resolves when what was under way has ended: it may wait for a block as long as the pool goes on. */
  async drained(): Promise<void> {
    await this.#running;
  }

  #later(): void {
    if (this.#stopped) return;
    this.#timers.set('tick', limits.cardTickMs, () => {
      this.#running = this.#tick()
        .catch(this.#ports.failed)
        .finally(() => {
          this.#running = undefined;
          this.#later();
        });
    });
  }

  async #tick(): Promise<void> {
    const { book, lender } = this.#ports;
    await book.forgetBefore(lender.finalDay());
    const rows = await book.page(this.#after, limits.cardRowsPerTickMax);
    const verdicts = await this.#lookAt(rows);
    const refused = verdicts.find((one) => one.kind === 'reject');
    // They are looked at again, as long as they have not ended.
    if (refused?.kind === 'reject') this.#ports.log.warn('cards are not renewed', { code: refused.code });
  }

  /** @returns what became of the renewals that were sent. */
  async #lookAt(rows: readonly CardRow[]): Promise<readonly Verdict<unknown>[]> {
    const verdicts: Verdict<unknown>[] = [];
    for (const row of rows) {
      if (this.#stopped || verdicts.length >= limits.cardRenewalsPerTickMax) return verdicts;
      await this.#ports.yieldToLoop();
      const verdict = await this.#look(row);
      if (verdict !== undefined) verdicts.push(verdict);
      this.#after = row.key;
    }
    if (rows.length < limits.cardRowsPerTickMax) this.#after = undefined;
    return verdicts;
  }

  /** @returns undefined when no renewal was sent. */
  async #look(row: CardRow): Promise<Verdict<unknown> | undefined> {
    const { book, lender } = this.#ports;
    const { key, state } = row;
    // Nothing is forgotten because a clock is ahead: it may be right again.
    const there = lender.ours(key, lender.finalTime());
    if (state === 'coming' && lender.finalTime() > row.expires * 1_000) {
      await book.settle(key, there);
      return undefined;
    }
    if (row.until < periodOf(lender.finalDay()) && there === undefined) {
      await book.settle(key, undefined);
      return undefined;
    }
    const found = lender.ours(key);
    if (state === 'lent' && found !== undefined && this.#isWanted(row, found)) return lender.lend(key, found);
    return undefined;
  }

  #isWanted({ key, used }: CardRow, { until }: InForce): boolean {
    const { book, lender, isLending } = this.#ports;
    const day = lender.day();
    return isLending() && isDue(key, until, day) && isInUse(Math.max(used, book.unseen), day);
  }
}
