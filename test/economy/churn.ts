/** A member that lends to keys of its own in all the ways it can think of, and keys that draw what they have at once. */
import { defaultParameters } from '../../chain/federation/parameters.ts';
import { card, lentBy } from '../../chain/queries.ts';
import { keyOf } from '../chain/world.ts';
import { SeededRandom } from '../sim/random.ts';
import { beginningOf, DAY_MS, FIRST_DAY, Ledger } from './ledger.ts';
import { Pen } from './pen.ts';

const MEMBER = 'ann';
const AUTHOR = 'author';
const KEYS = Array.from({ length: 12 }, (_, index) => `own ${index}`);

export type Given = {
  readonly cap: number;
  readonly days: number;
  readonly startDays: number;
  readonly seed: number;
};

/** How it goes about it. */
export const CHURNERS = [
  'takes back and lends anew',
  'lowers what it has drawn',
  'only lends',
  'does what comes to its mind',
] as const;
export type Churner = (typeof CHURNERS)[number];

export type Churned = {
  /** Bytes that were read on its cards. */
  readonly drawn: number;
  /** The most that was lent at a moment: by the cards in force, and as the ledger has it with what was taken back. */
  readonly mostInForce: number;
  readonly mostLent: number;
};

export function churnBound({ cap, days, startDays }: Given): number {
  return Math.ceil(days / 30) * cap * (30 + startDays);
}

export function churn(churner: Churner, given: Given): Churned {
  const member = new Member(given);
  for (let day = 0; day < given.days; day++) {
    if (churner === 'takes back and lends anew') member.takesBack();
    else if (churner === 'lowers what it has drawn') member.lowers();
    else if (churner === 'only lends') member.onlyLends();
    else member.doesAnything();
    member.pass();
  }
  return member;
}

class Member implements Churned {
  drawn = 0;
  mostInForce = 0;
  mostLent = 0;
  readonly #ledger: Ledger;
  readonly #pen: Pen;
  readonly #cap: number;
  readonly #random: SeededRandom;
  #files = 0;

  constructor({ cap, startDays, seed }: Given) {
    this.#ledger = new Ledger(federation(cap, startDays));
    this.#pen = new Pen(this.#ledger);
    this.#cap = cap;
    this.#random = new SeededRandom(seed);
  }

  /** Half of the cap to a key, draw, take it back: twenty times a day. */
  takesBack(): void {
    for (let count = 0; count < 20; count++) {
      const key = this.#random.pick(KEYS);
      if (this.#lend(key, Math.floor(this.#cap / 2), 0)) this.#draw(key);
      this.#lend(key, 0, 0);
    }
  }

  /** Half of the cap to a key, draw, lower it to a byte, take it back. */
  lowers(): void {
    for (let count = 0; count < 20; count++) {
      const key = this.#random.pick(KEYS);
      if (!this.#lend(key, Math.floor(this.#cap / 2), 0)) continue;
      this.#draw(key);
      this.#lend(key, 1, 0);
      this.#lend(key, 0, 0);
    }
  }

  /** The whole cap, anew in each period. */
  onlyLends(): void {
    for (const key of KEYS.slice(0, 2)) {
      if (card(this.#ledger.view, keyOf(key), this.#ledger.time) === undefined) {
        this.#lend(key, Math.floor(this.#cap / 2), 0);
      }
      this.#draw(key);
    }
  }

  doesAnything(): void {
    for (let count = this.#random.below(12); count > 0; count--) {
      const key = this.#random.pick(KEYS);
      const allowance = this.#random.chance(0.3) ? 0 : this.#random.between(1, this.#cap);
      this.#lend(key, allowance, this.#random.below(3));
      if (this.#random.chance(0.6)) this.#draw(this.#random.pick(KEYS));
    }
  }

  pass(): void {
    const { view, time } = this.#ledger;
    const inForce = KEYS.map((key) => Number(card(view, keyOf(key), time)?.allowance ?? 0n));
    const lent = lentBy(view, keyOf(MEMBER), time).map(([, sum]) => Number(sum));
    this.mostInForce = Math.max(this.mostInForce, total(inForce));
    this.mostLent = Math.max(this.mostLent, total(lent));
    this.#ledger.pass();
  }

  #lend(key: string, allowance: number, ahead: number): boolean {
    const terms = { allowance, ceiling: allowance * 90, until: this.#ledger.period + ahead };
    return this.#ledger.submit(this.#pen.card(key, MEMBER, terms)).kind === 'accept';
  }

  /** All that the card has, in a file of that size. */
  #draw(key: string): void {
    const credit = Number(card(this.#ledger.view, keyOf(key), this.#ledger.time)?.credit ?? 0n);
    if (credit === 0 || credit === 64) return;
    const name = `file ${this.#files++}`;
    const { kind } = this.#ledger.submit(this.#pen.upload(name, credit, AUTHOR, MEMBER));
    const bought = this.#ledger.submit(this.#pen.download(name, key));
    const [event] = bought.kind === 'accept' ? bought.value : [];
    if (kind !== 'accept' || event?.kind !== 'purchased') throw new Error('a card pays what it has');
    this.drawn += Number(event.card);
  }
}

function federation(cap: number, startDays: number) {
  const member = { key: keyOf(MEMBER), name: MEMBER, addresses: [], tracker: '', api: '' };
  return beginningOf({
    version: 1,
    name: 'Churn',
    time: FIRST_DAY * DAY_MS,
    accounts: [AUTHOR, ...KEYS].map((name) => ({ key: keyOf(name), tokens: 0n })),
    members: [member],
    authorities: [keyOf(MEMBER)],
    roles: [],
    parameters: {
      ...defaultParameters(1),
      vestingPermille: 1_000,
      cardStartDays: startDays,
      cardBytesPerNodePerDay: cap,
      fileBytesMax: 2 ** 50,
    },
  });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
