/** Cards as the API asks for them: at the desk, by an invitation, and for whoever comes. Source: docs/decisions/cards.md. */
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import type { Address } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { DAY_MS } from '../../core/limits/units.ts';
import type { PublicKey32, Tokens } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { LentCard, Cards as Port } from '../../rpc/ports.ts';
import type { ReaderCodes, SpentCode } from '../../rpc/reader-codes.ts';
import type { CardBook, CardRow } from './card-book.ts';
import { type InForce, type Lender, withTime } from './lender.ts';
import {
  type CardMode,
  endFor,
  isForDeskOnly,
  isThisMachine,
  networkOf,
  openMost,
  roomAt,
  type Terms,
} from './policy.ts';

/** One-use codes of a librarian. */
export type Codes = ReaderCodes & { make(count: number, lifeMs: number): Promise<readonly string[]> };
type Ports = {
  readonly lender: Lender;
  readonly book: CardBook;
  readonly codes: Codes;
  /** This library's word that a key may be registered. */
  register(key: PublicKey32): CheckedTransaction;
  enter(checked: CheckedTransaction): Promise<Verdict<unknown>>;
};
export type CardsPolicy = {
  readonly mode: CardMode;
  readonly terms: Terms;
  /** Of who comes without a librarian. */
  readonly open: Terms | undefined;
  readonly openPercent: number;
  /** Who comes from this machine is of no network. */
  readonly isFreeHere: boolean;
};

export class Cards implements Port {
  readonly #ports: Ports;
  readonly #policy: CardsPolicy;
  readonly #underWay = new Map<string, Promise<Verdict>>();

  constructor(ports: Ports, policy: CardsPolicy) {
    this.#ports = ports;
    this.#policy = policy;
  }

  /** The card that this library lends to a key. */
  ours(key: PublicKey32): InForce | undefined {
    return this.#ports.lender.ours(key);
  }

  /** Does this library lend any at all now? */
  get isLending(): boolean {
    const { cardBytesPerNodePerDay } = this.#ports.lender.parameters();
    return this.#policy.mode !== 'off' && cardBytesPerNodePerDay > 0;
  }

  get isOpen(): boolean {
    return this.#policy.mode === 'open';
  }

  openTerms(): (Terms & { readonly atOnce: Tokens }) | undefined {
    const { open, openPercent } = this.#policy;
    const parameters = this.#ports.lender.parameters();
    if (!this.isOpen || open === undefined || !this.isLending || isForDeskOnly(parameters)) return undefined;
    // Where not even one has room there is nothing to offer.
    if (open.allowance > openMost(parameters.cardBytesPerNodePerDay, openPercent)) return undefined;
    const start = BigInt(parameters.cardStartDays) * open.allowance;
    return { ...open, atOnce: start < open.ceiling ? start : open.ceiling };
  }

  lendOpen(key: PublicKey32, from: Address | undefined): Promise<Verdict> {
    return this.#once(`open ${toHex(key)}`, () => this.#lendOpen(key, from));
  }

  async #lendOpen(key: PublicKey32, from: Address | undefined): Promise<Verdict> {
    const { lender, book } = this.#ports;
    const terms = this.openTerms();
    // What a librarian has taken back does not come again by itself before the end that was promised: so long the row is kept.
    if (terms === undefined || book.get(key)?.state === 'over') return reject('card.closed');
    const there = lender.inForce(key);
    // A clock that is ahead ends no card.
    if (lender.ours(key, lender.finalTime()) !== undefined) return accept();
    if (there !== undefined && there.allowance >= terms.allowance) return reject('card.of-another');
    const day = lender.finalDay();
    const network = this.#policy.isFreeHere && isThisMachine(from) ? `key ${toHex(key)}` : networkOf(from);
    const expires = lender.expires();
    const reserved = await this.#reserve({ key, allowance: terms.allowance, day, expires, network });
    if (reserved.kind !== 'accept') return reserved;
    const verdict = await lender.lend(key, terms, expires);
    // Whatever was not confirmed in time may still be, as may what was sent before: the renewer looks when it cannot be any more.
    if (verdict.kind === 'reject' && verdict.code !== 'node.finality-timeout' && reserved.value) {
      await book.release(key, { network, day });
    }
    return verdict.kind === 'accept' ? accept() : verdict;
  }

  async lend(key: PublicKey32): Promise<Verdict> {
    const { lender, book, register, enter } = this.#ports;
    if (!this.isLending) return reject('card.closed');
    const { terms } = this.#policy;
    if (!lender.isRegistered(key)) {
      const registered = await enter(register(key));
      if (registered.kind === 'reject') return registered;
    }
    const expires = lender.expires();
    await book.expect({ key, allowance: terms.allowance, until: endFor(lender.day()), expires });
    const verdict = await lender.lend(key, terms, expires);
    if (verdict.kind === 'reject' && verdict.code !== 'node.finality-timeout') await book.unexpect(key);
    return verdict.kind === 'accept' ? accept() : verdict;
  }

  async withdraw(key: PublicKey32): Promise<Verdict> {
    const verdict = await this.#ports.lender.withdraw(key);
    return verdict.kind === 'accept' ? accept() : verdict;
  }

  async invite(count: number, days: number): Promise<Verdict<readonly string[]>> {
    if (!this.isLending) return reject('card.closed');
    try {
      return accept(await this.#ports.codes.make(count, days * DAY_MS));
    } catch (error) {
      if (error instanceof Fault && error.code === 'config.invalid') return reject('card.codes-full');
      throw error;
    }
  }

  async spend(code: string, key: PublicKey32): Promise<SpentCode | undefined> {
    return this.isLending ? this.#ports.codes.spend(code, key) : undefined;
  }

  async list(
    after: PublicKey32 | undefined,
    limit: number,
  ): Promise<{ readonly cards: readonly LentCard[]; readonly next: PublicKey32 | undefined }> {
    const rows = await this.#ports.book.page(after, limit);
    const cards = rows.flatMap((row) => this.#shown(row) ?? []);
    return { cards, next: rows.length < limit ? undefined : rows.at(-1)!.key };
  }

  /** What this library has lent of what it may: 0 … 1. */
  share(): number {
    const { lender } = this.#ports;
    const { cardBytesPerNodePerDay: cap } = lender.parameters();
    return cap === 0 ? 0 : Number(lender.lent()) / cap;
  }

  async #reserve(wanted: {
    readonly key: PublicKey32;
    readonly allowance: Tokens;
    readonly day: number;
    readonly expires: number;
    readonly network: string;
  }): Promise<Verdict<boolean>> {
    const { lender, book } = this.#ports;
    const { network, day, ...row } = wanted;
    const most = openMost(lender.parameters().cardBytesPerNodePerDay, this.#policy.openPercent);
    const verdict = await book.reserve({ ...row, until: endFor(lender.day()) }, { network, day, most });
    if (verdict.kind !== 'reject') return verdict;
    const isShare = verdict.code === 'card.open-full';
    return withTime(verdict, isShare ? roomAt(book.openFrom(0), row.allowance, most) : (day + 1) * DAY_MS);
  }

  /** Of one thing once at a time: who asks meanwhile hears what becomes of it. */
  #once(what: string, run: () => Promise<Verdict>): Promise<Verdict> {
    const there = this.#underWay.get(what);
    if (there !== undefined) return there;
    const running = run().finally(() => this.#underWay.delete(what));
    this.#underWay.set(what, running);
    return running;
  }

  /** When it was used last is the reader's affair. */
  #shown({ key, open, state }: CardRow): LentCard | undefined {
    const found = state === 'lent' ? this.#ports.lender.ours(key) : undefined;
    return found && { key, open, allowance: found.allowance, ceiling: found.ceiling, period: found.until };
  }
}
