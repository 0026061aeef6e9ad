/**
 * A library as its operator runs it: whom it lends a card (by the desk, or to anybody who asks), how much of its cap strangers
 * may have together, and whose card it renews. What it may lend at all, the ledger says.
 */
import { card as cardOf } from '../../chain/queries.ts';
import { keyOf } from '../chain/world.ts';
import type { Ledger } from './ledger.ts';
import type { Pen, Terms } from './pen.ts';
import type { Numbers } from './scenario.ts';

/** A card ends with the second period after the one in which it was lent. */
const PERIODS_AHEAD = 2;

type Lending = { readonly open: boolean; usedOn: number };

export class Library {
  readonly name: string;
  readonly #ledger: Ledger;
  readonly #pen: Pen;
  readonly #numbers: Numbers;
  readonly #lent = new Map<string, Lending>();
  /** What strangers have, by the period in which it ends. */
  readonly #openUntil = new Map<number, number>();
  /** Cards that it could not lend. */
  refused = 0;

  constructor(name: string, world: { readonly ledger: Ledger; readonly pen: Pen }, numbers: Numbers) {
    this.name = name;
    this.#ledger = world.ledger;
    this.#pen = world.pen;
    this.#numbers = numbers;
  }

  register(key: string): void {
    this.#must(this.#ledger.submit(this.#pen.register(key, this.name)).kind);
  }

  /** Somebody whom the librarian has seen. */
  lendAtDesk(key: string): boolean {
    return this.#lend(key, 1, false);
  }

  /** Somebody whom nobody has seen: a smaller card, as long as strangers together have less than their part. */
  lendOpenly(key: string): boolean {
    const { allowance, openPart, openShare, cardBytesPerNodePerDay } = this.#numbers;
    if (openShare === 0 || this.#ofStrangers() + allowance * openPart > openShare * cardBytesPerNodePerDay) {
      this.refused += 1;
      return false;
    }
    return this.#lend(key, openPart, true);
  }

  /** It has read with its card. */
  used(key: string): void {
    const lending = this.#lent.get(key);
    if (lending !== undefined) lending.usedOn = this.#ledger.day;
  }

  /** Once in a period: who has used a card goes on to have it. */
  renew(): void {
    const { day, period, view, time } = this.#ledger;
    for (const [key, { open, usedOn }] of this.#lent) {
      const until = cardOf(view, keyOf(key), time)?.until;
      if (until === undefined) this.#lent.delete(key);
      else if (until <= period && day - usedOn <= this.#numbers.renewIfUsedIn) {
        if (open) this.#addOpen(until, -1);
        this.#lend(key, open ? this.#numbers.openPart : 1, open, usedOn);
      }
    }
  }

  #lend(key: string, part: number, open: boolean, usedOn = this.#ledger.day): boolean {
    const { allowance, ceiling } = this.#numbers;
    const until = this.#ledger.period + PERIODS_AHEAD;
    const terms = {
      allowance: Math.floor(allowance * part),
      ceiling: Math.floor(ceiling * part),
      until,
    };
    const before = this.#lent.get(key);
    const beforeUntil = before?.open && cardOf(this.#ledger.view, keyOf(key), this.#ledger.time)?.until;
    const { kind } = this.#ledger.submit(this.#pen.card(key, this.name, terms));
    if (kind !== 'accept') {
      this.refused += 1;
      return false;
    }
    if (beforeUntil && !open) this.#addOpen(beforeUntil, -1);
    if (open) this.#addOpen(until, 1);
    this.#lent.set(key, { open, usedOn });
    return true;
  }

  /** What it lends somebody whom it knows well, or who has its key. @returns whether the ledger takes it. */
  lendOnTerms(key: string, terms: Terms): boolean {
    return this.#ledger.submit(this.#pen.card(key, this.name, terms)).kind === 'accept';
  }

  #addOpen(until: number, cards: number): void {
    const more = cards * Math.floor(this.#numbers.allowance * this.#numbers.openPart);
    this.#openUntil.set(until, (this.#openUntil.get(until) ?? 0) + more);
  }

  #ofStrangers(): number {
    let sum = 0;
    for (const [until, lent] of this.#openUntil) if (until >= this.#ledger.period) sum += lent;
    return sum;
  }

  /** @throws when a library is refused what it may always do. */
  #must(kind: string): void {
    if (kind !== 'accept') throw new Error(`${this.name} was refused`);
  }
}
