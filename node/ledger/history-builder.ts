/**
 * Puts into the history of keys (history.ts) what became final before there was one, from the events that are kept: at the first
 * start of a home of an older program, in pieces, while the library runs. How far it has come is written with each piece.
 */
import type { Log, Startable, Store, StoreWrite } from '../../core/ports.ts';
import type { Height } from '../../core/scalars.ts';
import type { Yield } from '../process/yield.ts';
import type { Ledger } from './ledger.ts';

type Ports = {
  readonly store: Pick<Store, 'write'>;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly yieldToLoop: Yield;
  failed(error: unknown): void;
};

/** Rows of one write: a quarter of a megabyte; and blocks, for a ledger on which hardly anything happens. */
const PIECE_ROWS = 2_000;
const PIECE_BLOCKS = 1_000;

export class HistoryBuilder implements Startable {
  readonly #ports: Ports;
  #running: Promise<void> | undefined;
  #started = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(): Promise<void> {
    const { ledger, failed } = this.#ports;
    this.#started = true;
    if (!ledger.blocks.history.isWhole) this.#running = this.#run().catch(failed);
  }

  async stop(): Promise<void> {
    this.#started = false;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { store, ledger, log } = this.#ports;
    const { history } = ledger.blocks;
    const oldest = await ledger.blocks.oldestEvents();
    let next = Math.max(history.firstMissing(), oldest ?? this.#head() + 1);
    log.info('the history of keys is being built', { from: next, head: this.#head() });
    while (this.#started && next <= this.#head()) {
      const piece = await this.#piece(next);
      next = piece.next;
      await store.write([...piece.writes, history.mark(next - 1)], { sync: false });
    }
    if (!this.#started) return;
    // In the same turn as the last look at the head: the next block to become final says itself that it is in it.
    history.complete();
    await store.write([history.mark(this.#head())], { sync: false });
    log.info('the history of keys is whole', { head: this.#head() });
  }

  async #piece(from: Height): Promise<{ readonly writes: readonly StoreWrite[]; readonly next: Height }> {
    const { ledger, yieldToLoop } = this.#ports;
    const writes: StoreWrite[] = [];
    const most = Math.min(this.#head(), from + PIECE_BLOCKS - 1);
    let next = from;
    while (this.#started && next <= most && writes.length < PIECE_ROWS) {
      await yieldToLoop();
      const block = ledger.blocks.events(next);
      if (block !== undefined) writes.push(...ledger.blocks.history.laterWrites(next, block));
      next += 1;
    }
    return { writes, next };
  }

  #head(): Height {
    return this.#ports.ledger.head().header.height;
  }
}
