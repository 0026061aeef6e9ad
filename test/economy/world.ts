/** A federation in which agents live: its ledger, its libraries, its files, and what is counted of them. */
import { defaultParameters } from '../../chain/federation/parameters.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import { account, card } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { keyOf } from '../chain/world.ts';
import { Chances } from './chances.ts';
import { type Beginning, beginningOf, DAY_MS, FIRST_DAY, Ledger } from './ledger.ts';
import { Library } from './library.ts';
import { Pen } from './pen.ts';
import { type Numbers, parametersOf, type Scenario } from './scenario.ts';
import { type File, Shelf } from './shelf.ts';
import { Tally } from './tally.ts';

export const BILLING = 'billing';
/** More than anybody buys. */
const ALL_TOKENS = 10n ** 18n;

export class World {
  readonly scenario: Scenario;
  readonly ledger: Ledger;
  readonly pen: Pen;
  readonly chances: Chances;
  readonly shelf: Shelf;
  readonly libraries: readonly Library[];
  readonly tally = new Tally();
  /** Since the beginning. */
  day = 0;
  /** Whose files have minted something since they looked last; in hex. */
  readonly #earners = new Set<string>();

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.chances = new Chances(scenario.seed);
    this.shelf = new Shelf(this.chances);
    this.ledger = new Ledger(federationOf(scenario));
    this.pen = new Pen(this.ledger);
    this.libraries = namesOf(scenario).map((name) => new Library(name, this, scenario));
  }

  /** Libraries bring what they own: it mints nothing. */
  stock(): void {
    for (let count = 0; count < this.scenario.startFiles; count++) {
      const file = this.shelf.written();
      const { name } = this.libraries[count % this.libraries.length]!;
      if (!this.bring(file, name, name)) throw new Error('a library may bring what it owns');
      this.shelf.put(file, this.shelf.count(file.kind) + 1);
    }
  }

  /** Sponsored by this library and attested by as many as it takes. @returns false where a cap of the day is reached. */
  bring({ name, size }: Pick<File, 'name' | 'size'>, key: string, sponsor: string): boolean {
    const { kind } = this.ledger.submit(this.pen.upload(name, size, key, sponsor));
    if (kind !== 'accept') return false;
    const others = this.libraries.filter((library) => library.name !== sponsor);
    for (const { name: node } of others.slice(0, this.scenario.attestations - 1)) {
      const attested = this.ledger.submit(this.pen.attest(name, size, key, node));
      if (attested.kind !== 'accept') throw new Error(`an attestation is refused: ${attested.code}`);
    }
    return true;
  }

  /** What a purchase has done. */
  hear(events: readonly ChainEvent[]): void {
    for (const event of events) if (event.kind === 'earned') this.#earners.add(toHex(event.uploader));
  }

  /** Since it was asked last. */
  hasEarned(key: string): boolean {
    return this.#earners.delete(toHex(keyOf(key)));
  }

  tokensOf(key: string): number {
    return Number(account(this.ledger.view, keyOf(key))?.tokens ?? 0n);
  }

  /** What its card has today, and may have at most. */
  cardOf(key: string): { readonly credit: number; readonly allowance: number; readonly ceiling: number } {
    const found = card(this.ledger.view, keyOf(key), this.ledger.time);
    if (found === undefined) return { credit: 0, allowance: 0, ceiling: 0 };
    return {
      credit: Number(found.credit),
      allowance: Number(found.allowance),
      ceiling: Number(found.ceiling),
    };
  }

  /** Tokens go from the billing key. */
  sellTokensTo(key: string, amount: number): void {
    const { kind } = this.ledger.submit(this.pen.buy(key, amount, BILLING));
    if (kind !== 'accept') throw new Error('what was paid for is refused');
    this.tally.boughtTokens += amount;
  }

  /** Tokens come back to the billing key, which pays for them. */
  buyTokensFrom(key: string, amount: number): void {
    const sold = this.ledger.submit(this.pen.sell(amount, key, BILLING));
    const [event] = sold.kind === 'accept' ? sold.value : [];
    if (event?.kind !== 'sale-opened') throw new Error('a sale is refused');
    const settled = this.ledger.submit(this.pen.settle(event.sale, BILLING));
    if (settled.kind !== 'accept') throw new Error('a sale is not settled');
    this.tally.soldTokens += amount;
  }

  pass(): void {
    this.ledger.pass();
    this.day += 1;
  }
}

function namesOf({ libraries }: Numbers): string[] {
  return Array.from({ length: libraries }, (_, index) => `library ${index + 1}`);
}

/** All tokens are with the billing key; the first library decides alone. */
export function federationOf(numbers: Numbers): Beginning {
  const names = namesOf(numbers);
  return beginningOf({
    version: 1,
    name: 'Agents',
    time: FIRST_DAY * DAY_MS + DAY_MS / 2,
    accounts: [{ key: keyOf(BILLING), tokens: ALL_TOKENS }],
    members: names.map((name) => ({ key: keyOf(name), name, addresses: [], tracker: '', api: '' })),
    authorities: names.slice(0, 1).map(keyOf),
    roles: [{ key: keyOf(BILLING), role: 'billing' }],
    parameters: { ...defaultParameters(names.length), ...parametersOf(numbers) },
  });
}
