/**
 * Goes through the list of cards, a piece at a time, for ever: renews those that are due and in use, and throws away what
 * is over. It keeps nothing of its own: after a restart it begins anew, and what was renewed is not due any more.
 */
import { periodOf } from '../../chain/state/day.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
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

  /** Resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timers.cancelAll();
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
    const { book, lender, yieldToLoop } = this.#ports;
    await book.forgetBefore(lender.day());
    const rows = await book.page(this.#after, limits.cardRowsPerTickMax);
    let renewals = 0;
    for (const row of rows) {
      if (this.#stopped || renewals >= limits.cardRenewalsPerTickMax) return;
      await yieldToLoop();
      if (await this.#look(row)) renewals += 1;
      this.#after = row.key;
    }
    if (rows.length < limits.cardRowsPerTickMax) this.#after = undefined;
  }

  /** @returns whether a renewal was sent. */
  async #look(row: CardRow): Promise<boolean> {
    const { book, lender } = this.#ports;
    const { key, state } = row;
    const found = lender.ours(key);
    if (state === 'coming' && lender.time() > row.expires * 1_000) {
      await book.settle(key, found);
    } else if (row.until < periodOf(lender.day()) && found === undefined) {
      await book.settle(key, undefined);
    } else if (state === 'lent' && found !== undefined && this.#isWanted(row, found)) {
      await this.#renew(key, found);
      return true;
    }
    return false;
  }

  #isWanted({ key, used }: CardRow, { until }: InForce): boolean {
    const { book, lender, isLending } = this.#ports;
    const day = lender.day();
    return isLending() && isDue(key, until, day) && isInUse(Math.max(used, book.unseen), day);
  }

  async #renew(key: PublicKey32, terms: InForce): Promise<void> {
    const { lender, log } = this.#ports;
    const verdict = await lender.lend(key, terms);
    // It is looked at again, as long as it has not ended.
    if (verdict.kind === 'reject') log.info('a card is not renewed', { code: verdict.code, key: toHex(key) });
  }
}
