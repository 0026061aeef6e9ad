/**
 * The cards that this library lends, on the disk beside the ledger: which of them went to whoever came, when each was used
 * last, and to which networks one went today. What the terms of a card are, the ledger says; the book is filled from what
 * blocks did, so that it comes back where it was lost, as far as that is still kept. One change at a time.
 */
import type { Lent } from '../../chain/accounts/card-entry.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import { dayOf, periodOf } from '../../chain/state/day.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import type { Store, StoreWrite } from '../../core/ports.ts';
import type { Height, PublicKey32, Tokens, UnixMs, UnixSeconds } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import {
  cardGivenBefore,
  cardGivenKey,
  cardGivenRange,
  cardLentKey,
  cardLentRange,
  metaKey,
  readerOfCard,
} from '../../store/keyspaces.ts';

export type CardRow = {
  readonly key: PublicKey32;
  /**
   * `coming`: written before its transaction was sent, and counted; `lent`; `over`: taken back. An open one counts until its
   * end all the same.
   */
  readonly state: 'coming' | 'lent' | 'over';
  /** It went to whoever came, without a librarian. */
  readonly open: boolean;
  readonly allowance: Tokens;
  /** The last period. */
  readonly until: number;
  /** The day of the last purchase with it; 0: none. */
  readonly used: number;
  /** Of one that is coming: it cannot come any more then. */
  readonly expires: UnixSeconds;
};
type Stored = [
  state: number,
  open: number,
  allowance: number | bigint,
  until: number,
  used: number,
  expires: number,
];
type Read = { readonly height: Height; readonly unseen: number };

const STATES = ['coming', 'lent', 'over'] as const;
const META = metaKey('cards');
/** Of the rows, at a time. */
const ROWS = 1_000;
const NOTHING = new Uint8Array(0);
/** Blocks without cards move the height of the book only so often. */
const QUIET_BLOCKS_MAX = 1_000;

type Ports = {
  readonly store: Store;
  /** Of this library. */
  readonly self: PublicKey32;
  /** Is a card with this allowance one that went to whoever came, if nobody remembers? */
  looksOpen(allowance: Tokens): boolean;
};
type Block = { readonly height: Height; readonly time: UnixMs; readonly events: readonly ChainEvent[] };

export class CardBook {
  readonly #ports: Ports;
  /** Allowances of open cards by the period in which they end. Three, and those that nobody has thrown away yet. */
  readonly #open = new Map<number, Tokens>();
  #lent = 0;
  /** Open cards of a day. */
  #given = { day: 0, count: 0 };
  #read: Read = { height: 0, unseen: 0 };
  #last: Promise<unknown> = Promise.resolve();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async start(today: number): Promise<void> {
    const stored = this.#ports.store.get(META);
    if (stored !== undefined) {
      const [height, unseen] = decodeOwn<[number, number]>(stored);
      this.#read = { height, unseen };
    }
    for (let after: PublicKey32 | undefined; ; ) {
      const rows = await this.page(after, ROWS);
      for (const row of rows) this.#count(row, 1);
      if (rows.length < ROWS) break;
      after = rows.at(-1)!.key;
    }
    this.#given = { day: today, count: await this.#countGiven(today) };
  }

  /** Resolves when everything is written. */
  async drained(): Promise<void> {
    await this.#last.catch(() => undefined);
  }

  /** The last block that it knows. */
  get height(): Height {
    return this.#read.height;
  }

  /** Of the last day of which it has not seen whether cards were used; 0: there is none. */
  get unseen(): number {
    return this.#read.unseen;
  }

  /** How many it lends. */
  get lent(): number {
    return this.#lent;
  }

  givenOn(day: number): number {
    return this.#given.day === day ? this.#given.count : 0;
  }

  /** What open cards have, by the periods in which they end. */
  openFrom(period: number): Lent {
    return [...this.#open].filter(([until, sum]) => until >= period && sum > 0n).sort(([a], [b]) => a - b);
  }

  get(key: PublicKey32): CardRow | undefined {
    const bytes = this.#ports.store.get(cardLentKey(key));
    return bytes && rowOf(key, bytes);
  }

  /** In the order of their keys. */
  async page(after: PublicKey32 | undefined, limit: number): Promise<readonly CardRow[]> {
    const rows = await this.#ports.store.range({ ...cardLentRange(after), limit });
    return rows.map(([key, bytes]) => rowOf(readerOfCard(key), bytes));
  }

  /**
   * Counts an open card before it is sent, durably. A key for which one was counted goes on with that, from whatever network.
   * @param network - to which one goes a day. @param most - of the allowances of all open cards. @param day - of the last block.
   * @returns whether the network was counted now; reject("card.network-had" | "card.open-full"), and then nothing is counted.
   */
  reserve(
    row: Pick<CardRow, 'key' | 'allowance' | 'until' | 'expires'>,
    { network, most, day }: { readonly network: string; readonly most: Tokens; readonly day: number },
  ): Promise<Verdict<boolean>> {
    return this.#alone(async () => {
      const { store } = this.#ports;
      const given = cardGivenKey(day, network);
      const before = this.get(row.key);
      const goesOn = before?.state === 'coming' && before.open;
      if (!goesOn && store.get(given) !== undefined) return reject('card.network-had');
      const sum = this.openFrom(periodOf(day)).reduce((all, [, one]) => all + one, 0n);
      const own = before?.open === true ? before.allowance : 0n;
      if (sum - own + row.allowance > most) return reject('card.open-full');
      const coming: CardRow = { ...row, state: 'coming', open: true, used: before?.used ?? 0 };
      await this.#put(coming, goesOn ? [] : [{ type: 'put', key: given, value: NOTHING }], true);
      if (!goesOn) this.#given = { day, count: this.givenOn(day) + 1 };
      return accept(!goesOn);
    });
  }

  /** A librarian gives one: so that it is known for no open one. Where there is one already, its allowance says which it becomes. */
  expect(row: Pick<CardRow, 'key' | 'allowance' | 'until' | 'expires'>): Promise<void> {
    return this.#alone(async () => {
      if (this.get(row.key) !== undefined) return;
      await this.#put({ ...row, state: 'coming', open: false, used: 0 });
    });
  }

  /** It does not come: the ledger has refused it. */
  unexpect(key: PublicKey32): Promise<void> {
    return this.#alone(async () => {
      const row = this.get(key);
      if (row?.state === 'coming' && !row.open) await this.#drop(key);
    });
  }

  /** It does not come, and was counted just now. @param network - may have another one. */
  release(
    key: PublicKey32,
    { network, day }: { readonly network: string; readonly day: number },
  ): Promise<void> {
    return this.#alone(async () => {
      if (this.get(key)?.state !== 'coming') return;
      await this.#drop(key, [{ type: 'del', key: cardGivenKey(day, network) }]);
      if (this.#given.day === day) this.#given = { day, count: this.#given.count - 1 };
    });
  }

  /** It is as the ledger says, whatever was heard of it. @param entry - undefined: there is none of this library. */
  settle(key: PublicKey32, entry: Pick<CardRow, 'allowance' | 'until'> | undefined): Promise<void> {
    return this.#alone(async () => {
      const row = this.get(key);
      if (row === undefined) return;
      if (entry === undefined) await this.#drop(key);
      else await this.#put({ ...row, ...entry, state: 'lent', expires: 0 });
    });
  }

  /** Networks of past days are nobody's business. */
  forgetBefore(day: number): Promise<void> {
    return this.#alone(async () => {
      const { store } = this.#ports;
      for (;;) {
        const rows = await store.range({ ...cardGivenBefore(day), limit: ROWS });
        if (rows.length === 0) return;
        await store.write(
          rows.map(([key]) => ({ type: 'del', key })),
          { sync: false },
        );
      }
    });
  }

  /** What a block did. @returns undefined when there is nothing to write. */
  take(block: Block): Promise<void> | undefined {
    const isQuiet = !block.events.some((event) => this.#concerns(event));
    if (isQuiet && block.height - this.#read.height < QUIET_BLOCKS_MAX) return undefined;
    return this.#alone(async () => {
      const read = { ...this.#read, height: block.height };
      const rows = new Map<string, CardRow>();
      for (const event of block.events) {
        const row = this.#after(event, dayOf(block.time), (key) => rows.get(toHex(key)) ?? this.get(key));
        if (row !== undefined) rows.set(toHex(row.key), row);
      }
      await this.#putAll([...rows.values()], [writeOf(read)], false);
      this.#read = read;
    });
  }

  /** What was done up to `height` is not kept: cards may have been used meanwhile. */
  skip(height: Height, today: number): Promise<void> {
    return this.#alone(async () => {
      const read = { height, unseen: today };
      await this.#ports.store.write([writeOf(read)], { sync: false });
      this.#read = read;
    });
  }

  #concerns(event: ChainEvent): boolean {
    if (event.kind === 'card-changed') return equalBytes(event.sponsor, this.#ports.self);
    return event.kind === 'purchased' && event.card > 0n;
  }

  /** @returns undefined when the event changes nothing. */
  #after(
    event: ChainEvent,
    day: number,
    rowOf: (key: PublicKey32) => CardRow | undefined,
  ): CardRow | undefined {
    if (!this.#concerns(event)) return undefined;
    if (event.kind === 'purchased') {
      const row = rowOf(event.key);
      return row && { ...row, used: day };
    }
    if (event.kind !== 'card-changed') return undefined;
    const { key, allowance, until } = event;
    const row = rowOf(key);
    if (allowance === 0n) return row && { ...row, state: 'over' };
    const { looksOpen } = this.#ports;
    // With another allowance a librarian has given it.
    const open = row === undefined ? looksOpen(allowance) : row.open && row.allowance === allowance;
    return { key, state: 'lent', open, allowance, until, used: row?.used ?? 0, expires: 0 };
  }

  #put(row: CardRow, more: readonly StoreWrite[] = [], sync = false): Promise<void> {
    return this.#putAll([row], more, sync);
  }

  async #putAll(rows: readonly CardRow[], more: readonly StoreWrite[], sync: boolean): Promise<void> {
    const before = rows.map(({ key }) => this.get(key));
    const puts = rows.map((row) => ({
      type: 'put' as const,
      key: cardLentKey(row.key),
      value: bytesOf(row),
    }));
    await this.#ports.store.write([...puts, ...more], { sync });
    for (const row of before) if (row !== undefined) this.#count(row, -1);
    for (const row of rows) this.#count(row, 1);
  }

  async #drop(key: PublicKey32, more: readonly StoreWrite[] = []): Promise<void> {
    const before = this.get(key);
    await this.#ports.store.write([{ type: 'del', key: cardLentKey(key) }, ...more], { sync: false });
    if (before !== undefined) this.#count(before, -1);
  }

  #count({ state, open, until, allowance }: CardRow, sign: 1 | -1): void {
    if (state === 'lent') this.#lent += sign;
    if (!open) return;
    const sum = (this.#open.get(until) ?? 0n) + BigInt(sign) * allowance;
    if (sum === 0n) this.#open.delete(until);
    else this.#open.set(until, sum);
  }

  async #countGiven(day: number): Promise<number> {
    let count = 0;
    for (let { from, to } = cardGivenRange(day); ; ) {
      const rows = await this.#ports.store.range({ from, to, limit: ROWS });
      count += rows.length;
      if (rows.length < ROWS) return count;
      from = new Uint8Array([...rows.at(-1)![0], 0]);
    }
  }

  /** What is read is not changed by another before it is written. */
  #alone<T>(run: () => Promise<T>): Promise<T> {
    const next = this.#last.then(run, run);
    this.#last = next.catch(() => undefined); // who asked for it hears
    return next;
  }
}

function writeOf({ height, unseen }: Read): StoreWrite {
  return { type: 'put', key: META, value: encode([height, unseen]) };
}

function bytesOf({ state, open, allowance, until, used, expires }: CardRow): Uint8Array {
  return encode([STATES.indexOf(state), Number(open), allowance, until, used, expires]);
}

function rowOf(key: PublicKey32, bytes: Uint8Array): CardRow {
  const [state, open, allowance, until, used, expires] = decodeOwn<Stored>(bytes);
  return { key, state: STATES[state]!, open: open === 1, allowance: BigInt(allowance), until, used, expires };
}
