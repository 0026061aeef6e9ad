/**
 * A random coalition K of keys, one of them a member, on a random ledger with vesting, cards, sales and takedowns; and what the
 * theorem of vesting says of it: Σ(tokens + locked) over K is at most its start + what it received from others (less what it
 * gave them) + what outsiders paid in tokens for K's files + Σ⌊cσ ÷ 1,000⌋ over what anybody paid on cards for K's files.
 */
import { defaultParameters, type Parameters } from '../../chain/federation/parameters.ts';
import type { Action } from '../../chain/governance/action.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import { account, supply, uploaderOf } from '../../chain/queries.ts';
import { PARAMETERS } from '../../chain/state/keys.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { equalBytes, hexToBytes, toHex } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { hashOf, keyOf } from '../chain/world.ts';
import { SeededRandom } from '../sim/random.ts';
import { type Beginning, beginningOf, DAY_MS, FIRST_DAY, Ledger } from './ledger.ts';
import { Pen } from './pen.ts';

/** The first half is in K. One of each half is registered while it goes on. */
const KEYS = ['k1', 'k2', 'k3', 'k4', 'bob', 'o1', 'o2', 'o3', 'o4', 'cid'] as const;
const K: ReadonlySet<string> = new Set(KEYS.slice(0, 5));
const LATE = ['k4', 'o4'];
/** Two may be removed; the third one is the authority. */
const MEMBERS = ['bob', 'cid', 'ann'] as const;
const BILLING = 'o1';
const DAYS = 90;
const NAME_OF = new Map([...KEYS, ...MEMBERS].map((name) => [toHex(keyOf(name)), name]));

export type Terms = { readonly vestingPermille: number; readonly cardReleasePermille: number };

/** Of one coalition. */
export type Played = {
  /** The most by which K was above the bound at the end of a day; the theorem: never above 0. */
  readonly gain: bigint;
  /** Does the equation of the supply hold at the end? */
  readonly isConserved: boolean;
  /** Of each kind of event, how often: whoever plays nothing proves nothing. */
  readonly events: ReadonlyMap<string, number>;
};

export function playCoalition(seed: number, terms: Terms): Played {
  return new Coalition(seed, terms).play();
}

/** The state after the same history: key → value, in hex. @param lends - does anybody even try to lend a card? */
export function stateAfter(
  seed: number,
  parameters: Partial<Parameters>,
  lends: boolean,
): ReadonlyMap<string, string> {
  const coalition = new Coalition(seed, parameters);
  coalition.lends = lends;
  coalition.play();
  return coalition.state();
}

class Coalition {
  readonly #random: SeededRandom;
  readonly #ledger: Ledger;
  readonly #pen: Pen;
  readonly #sigma: bigint;
  readonly #files: { readonly name: string; readonly size: number; readonly by: string }[] = [];
  /** Of each sale, in hex: the tokens that it has locked. */
  readonly #sales = new Map<string, bigint>();
  readonly #events = new Map<string, number>();
  lends = true;
  #bound: bigint;
  #gain: bigint | undefined;

  constructor(seed: number, parameters: Partial<Parameters>) {
    this.#random = new SeededRandom(seed);
    this.#ledger = new Ledger(this.#random.pick(beginningsOf(parameters)));
    this.#pen = new Pen(this.#ledger);
    this.#sigma = BigInt(parameters.cardReleasePermille ?? 0);
    this.#bound = this.#heldBy(K);
  }

  play(): Played {
    const end = this.#ledger.day + DAYS;
    for (let steps = this.#random.between(60, 119); steps > 0 && this.#ledger.day < end; steps--) {
      if (this.#random.chance(0.4)) this.#pass();
      this.#step();
    }
    this.#pass();
    const isConserved = this.#heldBy(NAME_OF.values()) === supply(this.#ledger.view).total;
    return { gain: this.#gain!, isConserved, events: this.#events };
  }

  state(): ReadonlyMap<string, string> {
    return this.#ledger.state();
  }

  #pass(): void {
    const gain = this.#heldBy(K) - this.#bound;
    if (this.#gain === undefined || gain > this.#gain) this.#gain = gain;
    this.#ledger.pass(this.#random.between(1, 4) * DAY_MS);
  }

  #step(): void {
    const draw = this.#random.below(100);
    if (draw < 22) this.#upload();
    else if (draw < 40) this.#lend();
    else if (draw < 72) this.#download();
    else if (draw < 80) this.#transfer();
    else if (draw < 84) this.#do(this.#pen.buy(this.#key(), this.#amount(2_000), BILLING));
    else if (draw < 88) this.#do(this.#pen.sell(this.#amount(1_000), this.#key(), BILLING));
    else if (draw < 92) this.#endSale();
    else if (draw < 95) this.#do(this.#pen.register(this.#random.pick(LATE), 'ann'));
    else this.#decide();
  }

  #upload(): void {
    // A name of before may come back: its file was reset, or it is refused.
    const again = this.#files.length > 0 && this.#random.chance(0.1);
    const name = again ? this.#random.pick(this.#files).name : `file ${this.#files.length}`;
    const [key, sponsor] = [this.#key(), this.#random.pick(MEMBERS)];
    const size = this.#random.between(1, 1_000);
    const file = { name, size, by: key };
    if (!this.#do(this.#pen.upload(name, size, key, sponsor))) return;
    this.#files.push(file);
    for (const node of MEMBERS)
      if (node !== sponsor && this.#random.chance(0.6)) this.#do(this.#pen.attest(name, size, key, node));
  }

  #lend(): void {
    const allowance = this.#random.below(3) * this.#random.below(300);
    const until = this.#ledger.period + this.#random.below(3);
    const ceiling = allowance * this.#random.between(1, 90);
    const card = this.#pen.card(this.#key(), this.#random.pick(MEMBERS), { allowance, ceiling, until });
    if (this.lends) this.#do(card);
  }

  #download(): void {
    if (this.#files.length === 0) return;
    this.#do(this.#pen.download(this.#random.pick(this.#files).name, this.#key()));
  }

  #transfer(): void {
    const [from, to] = [this.#key(), this.#key()];
    const most = Number(account(this.#ledger.view, keyOf(from))?.tokens ?? 0n);
    if (from !== to && most > 0) this.#do(this.#pen.transfer(to, this.#random.between(1, most), from));
  }

  #endSale(): void {
    if (this.#sales.size === 0) return;
    const sale = hexToBytes(this.#random.pick([...this.#sales.keys()]));
    const isPaid = this.#random.chance(0.5);
    this.#do(isPaid ? this.#pen.settle(sale, BILLING) : this.#pen.release(sale, BILLING));
  }

  #decide(): void {
    const hash = this.#files.length === 0 ? hashOf('none') : hashOf(this.#random.pick(this.#files).name);
    const name = this.#random.pick(MEMBERS.slice(0, 2));
    const member = { key: keyOf(name), name, addresses: [], tracker: '', api: '' };
    const action = this.#random.pick<Action>([
      { kind: 'take-down', hash },
      { kind: 'restore', hash },
      { kind: 'reset-file', hash },
      { kind: 'reset-file', hash },
      { kind: 'remove-member', key: keyOf(name) },
      { kind: 'add-member', member },
      { kind: 'add-member', member },
    ]);
    this.#do(this.#pen.propose(action, 'ann'));
  }

  /** @returns whether it happened. */
  #do(transaction: Transaction): boolean {
    const verdict = this.#ledger.submit(transaction);
    if (verdict.kind !== 'accept') return false;
    for (const event of verdict.value) {
      this.#events.set(event.kind, (this.#events.get(event.kind) ?? 0) + 1);
      this.#allow(event);
    }
    if (transaction.kind === 'buy') this.#flow(BILLING, nameOf(transaction.to), transaction.amount);
    return true;
  }

  /** What the theorem lets K have more, or less. */
  #allow(event: ChainEvent): void {
    if (event.kind === 'transferred') this.#flow(nameOf(event.from), nameOf(event.to), event.amount);
    if (event.kind === 'sale-opened') this.#sales.set(toHex(event.sale), event.amount);
    if (event.kind === 'sale-closed' && event.outcome === 'settled')
      this.#flow(nameOf(event.key), BILLING, this.#sales.get(toHex(event.sale))!);
    if (event.kind !== 'purchased') return;
    const uploader = uploaderOf(this.#ledger.view, event.hash)!;
    if (!K.has(nameOf(uploader))) return;
    this.#bound += (event.card * this.#sigma) / 1_000n;
    if (!K.has(nameOf(event.key))) this.#bound += event.size - event.card;
  }

  #flow(from: string, to: string, amount: bigint): void {
    if (K.has(to)) this.#bound += amount;
    if (K.has(from)) this.#bound -= amount;
  }

  #heldBy(names: Iterable<string>): bigint {
    let sum = 0n;
    for (const name of names) {
      const found = account(this.#ledger.view, keyOf(name));
      if (found !== undefined) sum += found.tokens + found.locked;
    }
    return sum;
  }

  #key(): string {
    return this.#random.pick(KEYS);
  }

  #amount(most: number): number {
    return this.#random.between(1, most);
  }
}

function nameOf(key: Uint8Array): string {
  return NAME_OF.get(toHex(key))!;
}

const BEGINNINGS = new Map<string, readonly Beginning[]>();

/** Some with tokens here and there, and with one attestation and with two. */
function beginningsOf(own: Partial<Parameters>): readonly Beginning[] {
  const known = BEGINNINGS.get(JSON.stringify(own)) ?? [1, 2, 3, 4, 5, 6].map((n) => beginning(n, own));
  BEGINNINGS.set(JSON.stringify(own), known);
  return known;
}

/** The parameters come by a door of their own: chain and salts are the same whatever they are. */
function beginning(number: number, own: Partial<Parameters>): Beginning {
  const random = new SeededRandom(number);
  const tokens = () => BigInt(random.chance(1 / 3) ? random.below(5_000) : 0);
  const early = KEYS.filter((name) => !LATE.includes(name));
  const member = (name: string) => ({ key: keyOf(name), name, addresses: [], tracker: '', api: '' });
  const usual = { ...defaultParameters(MEMBERS.length), attestations: 1 + (number % 2) };
  const { writes, ...chain } = beginningOf({
    version: 1,
    name: `Coalition ${number}`,
    time: FIRST_DAY * DAY_MS,
    accounts: early.map((name) => ({ key: keyOf(name), tokens: tokens() })),
    members: MEMBERS.map(member),
    authorities: [keyOf('ann')],
    roles: [{ key: keyOf(BILLING), role: 'billing' }],
    parameters: usual,
  });
  const parameters = encode({ ...usual, cardBytesPerNodePerDay: 10_000, ...own });
  return {
    ...chain,
    writes: writes.map((write) =>
      equalBytes(write.key, PARAMETERS) ? { ...write, value: parameters } : write,
    ),
  };
}
