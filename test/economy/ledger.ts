/**
 * The ledger of chain/ in memory, for agents that live on it for years: the real rules through their public door, a state in a
 * map, a block a day. Signatures and the tree above the state are left out; no rule looks at them.
 */
import { chainIdOf, type Genesis, genesisState } from '../../chain/block/genesis.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import type { RuleContext } from '../../chain/kind/rule.ts';
import { authorities } from '../../chain/queries.ts';
import { Draft, type StateView, type StateWrite } from '../../chain/state/state.ts';
import { apply } from '../../chain/transaction/rules.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import type { Hash32, UnixMs } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';

export const DAY_MS = 24 * 60 * 60 * 1_000;
/** The first of a period of 30 days. */
export const FIRST_DAY = 20_460;

/** A genesis, and what stands in the state after it: many ledgers may begin with one. */
export type Beginning = {
  readonly chainId: Hash32;
  readonly time: UnixMs;
  readonly writes: readonly StateWrite[];
};

export function beginningOf(genesis: Genesis): Beginning {
  return { chainId: chainIdOf(genesis), time: genesis.time, writes: genesisState(genesis).writes };
}

export class Ledger {
  readonly #state = new Map<string, Bytes>();
  readonly #base: StateView = { get: (key) => this.#state.get(toHex(key)) };
  #draft = new Draft(this.#base);
  #context: RuleContext;

  constructor({ chainId, time, writes }: Beginning) {
    this.#context = { chainId, height: 1, time: time + 1_000, version: 1, epoch: 0 };
    this.#write(writes);
  }

  /** With what has happened in the block that is being made. */
  get view(): StateView {
    return this.#draft;
  }

  get time(): UnixMs {
    return this.#context.time;
  }

  /** Since 1970. */
  get day(): number {
    return Math.floor(this.time / DAY_MS);
  }

  /** Of 30 days, since 1970. */
  get period(): number {
    return Math.floor(this.day / 30);
  }

  submit(transaction: Transaction): Verdict<readonly ChainEvent[]> {
    return apply(this.#draft, transaction, this.#context);
  }

  /** The block is final, and the next one is of so much later. */
  pass(ms: number = DAY_MS): void {
    const before = authorities(this.#base).map(toHex).join();
    this.#write(this.#draft.writes());
    const sealed = authorities(this.#base).map(toHex).join() !== before;
    const { height, time, epoch } = this.#context;
    this.#context = {
      ...this.#context,
      height: height + 1,
      time: time + ms,
      epoch: sealed ? epoch + 1 : epoch,
    };
    this.#draft = new Draft(this.#base);
  }

  /** As of the last final block: key → value, in hex. */
  state(): ReadonlyMap<string, string> {
    return new Map([...this.#state].map(([key, value]) => [key, toHex(value)]));
  }

  #write(writes: readonly StateWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#state.delete(toHex(key));
      else this.#state.set(toHex(key), value);
    }
  }
}
