/** The cards of one library over a chain in virtual time, whose list can be lost and whose process can be killed. */
import type { Parameters as Federation } from '../../../chain/block/genesis.ts';
import { account } from '../../../chain/queries.ts';
import type { CheckedTransaction } from '../../../chain/transaction/signing.ts';
import type { Transaction } from '../../../chain/transaction/transaction.ts';
import { type Address, parseAddress } from '../../../core/address.ts';
import { Fault } from '../../../core/fault.ts';
import { sha256 } from '../../../core/hash.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock } from '../../../core/ports.ts';
import { accept, type Verdict } from '../../../core/verdict.ts';
import { type CardRoom, openCards } from '../../../node/cards/open.ts';
import { EventFeed } from '../../../node/ledger/event-feed.ts';
import { createMemoryStore, type MemoryStore } from '../../../store/memory.ts';
import { keyOf, START, seedOf } from '../../chain/world.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';
import { quiet } from '../replicas.ts';

export const DAY_MS = 86_400_000;
const CARDS = { cards: 'open', cardAllowance: 20, cardCeiling: 1_000, cardOpenPercent: 20 } as const;
export type CardOptions = Partial<Omit<Parameters<typeof openCards>[1], 'cards'>> & {
  readonly cards?: 'off' | 'desk' | 'open' | undefined;
};

export class CardWorld {
  readonly chain: FinalisedChain;
  readonly clock: MovingClock;
  /** Of the list alone: the ledger has another. */
  list: MemoryStore = createMemoryStore();
  room!: CardRoom;
  /** What was sent to the ledger in cards. */
  sent = 0;
  /** Called before a transaction of the room is put on the ledger, and behind it: a test may kill the process there. */
  before: () => void = () => {};
  behind: () => void = () => {};
  /** What its log has warned of. */
  readonly warnings: string[] = [];
  #life = { over: false };
  #options: CardOptions = {};
  #drawn = 0;
  #block: Promise<unknown> = Promise.resolve();

  private constructor(chain: FinalisedChain) {
    this.chain = chain;
    this.clock = movingClock();
    this.clock.set(START - this.clock.now());
  }

  static async start(
    options: CardOptions = {},
    cap = 20_000,
    more: Partial<Federation> = {},
  ): Promise<CardWorld> {
    const store = createMemoryStore();
    await store.start();
    const parameters = { cardBytesPerNodePerDay: cap, ...more };
    const world = new CardWorld(await finalisedChain(store, 10, parameters));
    await world.list.start();
    await world.open(options);
    return world;
  }

  /** The process begins. */
  async open(options: CardOptions = this.#options): Promise<void> {
    this.#options = options;
    const life = { over: false };
    this.#life = life;
    const { ledger } = this.chain;
    const clock: Clock = {
      now: () => this.clock.now(),
      after: (ms, run) =>
        this.clock.after(ms, () => {
          if (!life.over) run();
        }),
    };
    const failed = (error: unknown): void => {
      if (!life.over) throw error;
    };
    const yieldToLoop = async (): Promise<void> => {};
    const list = this.list;
    const feed = new EventFeed({ ledger, clock, yieldToLoop, failed });
    this.room = openCards(
      {
        ...{
          ledger,
          clock,
          failed,
          yieldToLoop,
          log: { ...quiet, warn: (message) => void this.warnings.push(message) },
        },
        store: list,
        events: {
          oldest: () => feed.oldest(),
          follow: (into) =>
            feed.follow({ ...into, take: (block) => (life.over ? undefined : into.take(block)) }),
        },
        ...{ key: keyOf('ann'), seed: seedOf('ann') },
        random: {
          bytes: (length) => sha256(Uint8Array.of(this.#drawn++ % 251, this.#drawn >> 8)).subarray(0, length),
        },
        codes: {
          async make(count) {
            if (count > 10) throw new Fault('config.invalid', 'there would be too many');
            return Array(count).fill('a code');
          },
          spend: async () => undefined,
        },
        register: () => {
          throw new Error('not here');
        },
        enter: (checked) => (life.over ? new Promise(() => {}) : this.#enter(checked, life)),
      },
      { ...CARDS, ...options } as Parameters<typeof openCards>[1],
    );
    for (const part of this.room.parts) await part.start();
  }

  /** SIGKILL: what was written stays, and nothing goes on. */
  kill(): void {
    this.#life.over = true;
  }

  async restart(): Promise<void> {
    this.kill();
    await this.open();
  }

  async stop(): Promise<void> {
    for (const part of [...this.room.parts, ...this.room.early]) await part.stop();
    this.kill();
  }

  /** Its list is gone. */
  async loseList(): Promise<void> {
    this.list = createMemoryStore();
    await this.list.start();
  }

  /** A block of these, now. */
  async commit(transactions: readonly Transaction[]): Promise<void> {
    await this.#commit(transactions);
    await settled();
  }

  /** Registers a key and lends it a card as to one who comes. */
  async come(name: string, from: string | Address | undefined): Promise<Verdict> {
    const { state } = this.chain.world;
    if (account(state.view, keyOf(name)) === undefined) await this.commit([this.chain.world.register(name)]);
    const address = typeof from === 'string' ? parseAddress(from) : from;
    const verdict = await this.room.cards.lendOpen(keyOf(name), address);
    await settled();
    return verdict;
  }

  /** With a card a small file that nobody has read yet. */
  async read(...names: readonly string[]): Promise<void> {
    const { world } = this.chain;
    await this.commit([]); // what is signed now is signed by the time of the last block
    const file = `file ${world.blocks.length}`;
    await this.commit([world.upload(file, 1n)]);
    await this.commit(names.map((name) => world.download(file, name)));
  }

  /** Time passes, and with it everything that was due, and blocks, also empty ones. */
  async pass(days: number, steps = 4): Promise<void> {
    for (let step = 0; step < days * steps; step++) {
      this.clock.pass(DAY_MS / steps);
      await settled();
      await this.commit([]);
    }
  }

  /** The clock is so far ahead while `run` is done, or else for as long as the list is looked at once. No block is made by it. */
  async ahead(
    days: number,
    run: () => Promise<unknown> = async () => this.clock.pass(limits.cardTickMs),
  ): Promise<void> {
    this.clock.set(days * DAY_MS);
    await run();
    await settled();
    this.clock.set(-days * DAY_MS);
  }

  until(name: string): number | undefined {
    return this.room.cards.ours(keyOf(name))?.until;
  }

  async #enter(checked: CheckedTransaction, life: { over: boolean }): Promise<Verdict<unknown>> {
    const { world } = this.chain;
    const verdict = world.verdict(checked.transaction, Math.max(1, this.clock.now() - world.time));
    if (verdict.kind !== 'accept') return verdict;
    this.before();
    if (life.over) return new Promise(() => {});
    this.sent += 1;
    await this.#commit([checked.transaction]);
    this.behind();
    return life.over ? new Promise(() => {}) : accept();
  }

  /** One block after the other. */
  #commit(transactions: readonly Transaction[]): Promise<void> {
    const made = this.#block.then(() =>
      this.chain.commit(transactions, Math.max(1, this.clock.now() - this.chain.world.time)),
    );
    this.#block = made.catch(() => undefined); // who made it hears
    return made;
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise(setImmediate);
}
