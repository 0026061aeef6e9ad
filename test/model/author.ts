/**
 * Writes a random history while the model plays it: mostly what fits the present state, often a little wrong. Members
 * lie, readers claim what others brought, forgers sign with roles that they have not, everything comes twice. The
 * seed decides it all.
 */
import type { Holder } from '../../chain/kind/field.ts';
import { SeededRandom } from '../sim/random.ts';
import { type Flavour, makeGenesis } from './author-genesis.ts';
import { makeAction } from './author-governance.ts';
import { fromShapes, type Sources } from './author-shapes.ts';
import {
  BAD_KEYS,
  BILLING,
  FILES,
  infoHashesOf,
  KEYS,
  LIBRARIES,
  READERS,
  RECEIPTS,
  STRANGERS,
  UNKNOWN_HASH,
} from './cast.ts';
import { START_MS, type Step } from './history.ts';
import type { Ledger } from './ledger.ts';
import { idOf } from './ledger-encoding.ts';
import type { Upload } from './ledger-files.ts';
import { KINDS, type Transaction } from './ledger-kinds.ts';
import {
  CLOSED_SALE_LIFE_MS,
  DAY_MS,
  PENDING_LIFE_MS,
  PROPOSAL_LIFE_MS,
  TOKENS_MAX,
} from './ledger-state.ts';
import type { Genesis } from './ledger-types.ts';

type Said = Pick<Upload, 'hash' | 'key' | 'size' | 'name' | 'infoHashes'>;

type Kind = Transaction['kind'] | 'again';

/** How often; a kind that is not here is made from the shapes of its fields. */
const WEIGHTS: Readonly<Partial<Record<Kind, number>>> = {
  register: 3,
  upload: 9,
  attest: 9,
  download: 7,
  transfer: 4,
  buy: 5,
  sell: 6,
  settle: 4,
  release: 3,
  reclaim: 4,
  propose: 8,
  approve: 11,
  again: 6,
};
const OTHER_WEIGHT = 4;
const NAMES = ['a book.pdf', 'ein Buch', '本', 'x'.repeat(240)];
const BAD_NAMES = [
  '',
  '.',
  '..',
  'a/b',
  'a\\b',
  ' a',
  'a ',
  'a\u202eb',
  'a\u00ad',
  'a\n',
  `é${'x'.repeat(239)}`,
];
const EXPIRES_SECONDS_MAX = 31 * 86_400;

export class Author {
  readonly genesis: Omit<Genesis, 'chain'>;
  readonly #random: SeededRandom;
  readonly #flavour: Flavour;
  readonly #weights: readonly (readonly [Kind, number])[];
  /** How often something is wrong on purpose; how often time leaps. */
  readonly #lies: number;
  readonly #leaps: number;
  readonly #said: Transaction[] = [];
  readonly #sales: string[] = [];
  readonly #proposals: string[] = [];
  #stepsInBlock = 0;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    const draw = random.next();
    this.#flavour = draw < 0.006 ? 'crowded' : draw < 0.01 ? 'full' : draw < 0.15 ? 'rich' : 'plain';
    this.genesis = makeGenesis(random, this.#flavour);
    this.#lies = random.pick([0.05, 0.15, 0.3]);
    this.#leaps = random.pick([0.05, 0.2, 0.5]);
    const others = Object.keys(KINDS).filter((kind) => !Object.hasOwn(WEIGHTS, kind));
    const kinds = [...Object.entries(WEIGHTS), ...others.map((kind) => [kind, OTHER_WEIGHT])] as [
      Kind,
      number,
    ][];
    this.#weights = kinds.map(([kind, weight]) => [kind, weight * random.pick([0.2, 1, 1, 3])]);
  }

  /** How many steps a history has. */
  get length(): number {
    return this.#flavour === 'crowded' ? 300 : 80;
  }

  /** @param ledger - after the steps so far. @returns undefined when the story cannot go on. */
  next(ledger: Ledger): Step | undefined {
    const { block } = ledger;
    if (block.height === 0 || this.#stepsInBlock <= 0) {
      if (ledger.nextVersion() > 1) return undefined; // nobody knows the rules that follow
      this.#stepsInBlock = this.#random.between(1, 5);
      return { kind: 'block', time: this.#nextTime(ledger) };
    }
    this.#stepsInBlock -= 1;
    const transaction = this.#transaction(ledger);
    this.#said.push(transaction);
    if (transaction.kind === 'sell') this.#sales.push(idOf(transaction));
    if (transaction.kind === 'propose') this.#proposals.push(idOf(transaction));
    return { kind: 'transaction', transaction };
  }

  #nextTime(ledger: Ledger): number {
    const random = this.#random;
    const now = Math.max(START_MS, ledger.block.time);
    if (!random.chance(this.#leaps)) return now + random.between(1, random.pick([10, 1_000, 60_000]));
    if (random.chance(0.6)) {
      // At the very end of something, a moment before, or a moment after.
      const ends = deadlines(ledger).filter((end) => end > now + 1);
      if (ends.length > 0) return random.pick(ends) + random.pick([-1, 0, 1]);
    }
    const longest = random.pick([10 * 60_000, 3_600_000, DAY_MS, 40 * DAY_MS]);
    return now + random.between(1, longest);
  }

  #transaction(ledger: Ledger): Transaction {
    if (this.#flavour === 'crowded' && this.#random.chance(0.7)) return this.#make('propose', ledger);
    if (this.#flavour === 'full' && this.#random.chance(0.6)) return this.#make('propose', ledger);
    let at = this.#random.next() * this.#weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [kind, weight] of this.#weights) {
      at -= weight;
      if (at < 0) return this.#make(kind, ledger);
    }
    return this.#make('download', ledger);
  }

  #make(kind: Kind, ledger: Ledger): Transaction {
    const { state, block } = ledger;
    const random = this.#random;
    const signature = random.chance(0.5) ? '00'.repeat(64) : this.#hex(64);
    switch (kind) {
      case 'register': {
        const unknown = KEYS.filter((key) => !state.accounts.has(key));
        const key = this.#lie() ? random.pick(BAD_KEYS) : random.pick(random.chance(0.8) ? unknown : KEYS);
        return { kind, key, sponsor: this.#member(ledger), signature };
      }
      case 'upload':
        return this.#upload(ledger);
      case 'attest': {
        if (state.pending.size === 0 && random.chance(0.9)) return this.#upload(ledger);
        const { hash, size, name, key: uploader, infoHashes: told } = this.#pending(ledger);
        const infoHashes = this.#lie() ? infoHashesOf(hash, random.chance(0.5)) : told;
        const node = this.#member(ledger);
        return { kind, hash, size, name, uploader, infoHashes, node, ...this.#once(ledger) };
      }
      case 'download': {
        if (state.files.size === 0 && random.chance(0.7)) return this.#upload(ledger);
        const expires = random.chance(0.5) ? undefined : this.#expires(ledger, random.pick([60, 10 ** 9]));
        const known = [...state.files.keys()];
        const hash = known.length > 0 && !this.#lie() ? random.pick(known) : this.#hash();
        return { kind, hash, key: this.#reader(ledger), expires, signature };
      }
      case 'buy': {
        const billing = this.#billing(ledger);
        const receipt = random.chance(0.6) ? this.#hex(32) : random.pick(RECEIPTS);
        const amount = random.chance(0.7) ? BigInt(random.between(1, 50)) : this.#amount(ledger, billing);
        return { kind, to: this.#reader(ledger), amount, receipt, billing, ...this.#once(ledger) };
      }
      case 'sell': {
        const key = this.#payer(ledger);
        const amount = this.#amount(ledger, key);
        const [payee, rate, billing] = [this.#hex(32), '1 EUR', this.#billing(ledger)];
        return { kind, payee, amount, rate, billing, key, ...this.#once(ledger) };
      }
      case 'settle':
      case 'release': {
        if (this.#sales.length === 0 && random.chance(0.9)) return this.#make('sell', ledger);
        const sale = this.#sale(ledger);
        const known = state.sales.get(sale)?.billing;
        const billing = known === undefined || this.#lie() ? this.#billing(ledger) : known;
        return { kind, sale, billing, ...this.#once(ledger) };
      }
      case 'reclaim': {
        if (this.#sales.length === 0 && random.chance(0.9)) return this.#make('sell', ledger);
        const sale = this.#sale(ledger);
        const known = state.sales.get(sale)?.seller;
        const key = known === undefined || this.#lie() ? this.#reader(ledger) : known;
        return { kind, sale, key, ...this.#once(ledger) };
      }
      case 'propose': {
        const proposer = this.#authority(ledger);
        const action = makeAction(random, ledger, this.#lie());
        return { kind, action, proposer, ...this.#once(ledger) };
      }
      case 'approve': {
        const open = [...state.proposals]
          .filter(([, { applied }]) => applied === undefined)
          .map(([id]) => id);
        if (open.length === 0 && random.chance(0.8)) return this.#make('propose', ledger);
        const stale = this.#proposals.length === 0 ? UNKNOWN_HASH : random.pick(this.#proposals);
        const proposal =
          open.length > 0 && !random.chance(0.15)
            ? open.at(-1 - random.below(Math.min(2, open.length)))!
            : stale;
        const approved = state.proposals.get(proposal)?.approvals ?? [];
        const waiting = state.authorities.filter((key) => !approved.includes(key));
        const authority = waiting.length > 0 && !this.#lie() ? random.pick(waiting) : this.#authority(ledger);
        return { kind, proposal, authority, signature };
      }
      case 'again':
        return this.#again(ledger, block.time);
      default:
        return fromShapes(kind, this.#sources(ledger));
    }
  }

  #sources(ledger: Ledger): Sources {
    const random = this.#random;
    const known = [...ledger.state.files.keys()];
    const key = (holder: Holder): string => {
      if (holder === 'reader') return this.#reader(ledger);
      if (holder === 'billing') return this.#billing(ledger);
      return holder === 'authority' ? this.#authority(ledger) : this.#member(ledger);
    };
    return {
      key,
      signer: (holder) => (holder === 'reader' ? this.#payer(ledger) : key(holder)),
      hash: () => (known.length > 0 && !this.#lie() ? random.pick(known) : this.#hash()),
      infoHashes: () => infoHashesOf(this.#hash(), this.#lie()),
      fresh: (bytes) => this.#hex(bytes),
      amount: (signer) => this.#amount(ledger, signer),
      seconds: () => this.#expires(ledger, 3_600),
      isThere: () => random.chance(0.5),
    };
  }

  #upload(ledger: Ledger): Transaction {
    const random = this.#random;
    const hash = this.#hash();
    const known = FILES.find((file) => file.hash === hash)?.size ?? 77n;
    const size = this.#lie()
      ? random.pick([0n, 1n, 63n, 64n, 65n, 1_000n, 2n ** 20n, 2n ** 20n + 1n, 2n ** 40n, TOKENS_MAX])
      : known;
    const name = this.#lie() ? random.pick(BAD_NAMES) : random.pick(NAMES);
    const expires = random.chance(0.4)
      ? undefined
      : this.#expires(ledger, random.pick([60, EXPIRES_SECONDS_MAX, EXPIRES_SECONDS_MAX]));
    return {
      kind: 'upload',
      hash,
      size,
      name,
      infoHashes: infoHashesOf(hash, this.#lie()),
      key: this.#reader(ledger),
      expires,
      signature: this.#hex(64),
      sponsor: this.#member(ledger),
      sponsorExpires: this.#expires(ledger, 3_600),
      sponsorSignature: this.#hex(64),
    };
  }

  /** By another member, who says the same of the file or, with the same signature of the reader, something else. */
  #besides(said: Upload, ledger: Ledger): Upload {
    const random = this.#random;
    const other = { ...said, sponsor: this.#member(ledger), sponsorExpires: this.#expires(ledger, 3_600) };
    if (random.chance(0.5)) return other;
    const lie = random.pick([
      { size: beside(said.size) },
      { name: random.pick(NAMES) },
      { infoHashes: infoHashesOf(said.hash, true) },
      { key: this.#reader(ledger) },
    ]);
    return { ...other, ...lie };
  }

  /** The same once more, with another signature, or with a single field that differs. */
  #again(ledger: Ledger, time: number): Transaction {
    const random = this.#random;
    if (this.#said.length === 0) return this.#make('download', ledger);
    // What has not expired can be told from the first time; the rest is mostly dead.
    const alive = this.#said.filter((tx) => endOf(tx) * 1_000 >= time);
    const said = random.pick(alive.length > 0 ? alive : this.#said);
    switch (random.below(4)) {
      case 0:
        return said;
      case 1:
        return { ...said, signature: this.#hex(64) };
      case 2:
        if (said.kind === 'upload') return { ...said, sponsorExpires: this.#expires(ledger, 3_600) };
        return 'nonce' in said ? { ...said, nonce: this.#hex(16) } : { ...said, signature: this.#hex(64) };
      default: {
        if (said.kind === 'upload') return this.#besides(said, ledger);
        return 'nonce' in said ? { ...said, ...this.#once(ledger) } : said;
      }
    }
  }

  #lie(): boolean {
    return this.#random.chance(this.#lies);
  }

  #once(ledger: Ledger): { nonce: string; expires: number; signature: string } {
    return { nonce: this.#hex(16), expires: this.#expires(ledger, 3_600), signature: this.#hex(64) };
  }

  /** @param longest - seconds. Wrong by little now and then. */
  #expires({ block }: Ledger, longest: number): number {
    const random = this.#random;
    const now = Math.floor(block.time / 1_000);
    // Its last moment, if the time is a whole second.
    if (block.time % 1_000 === 0 && random.chance(0.3)) return now;
    if (random.chance(0.2 * this.#lies)) return Math.max(0, now - random.pick([0, 1, 3_600]));
    if (random.chance(0.2)) return now + longest + (this.#lie() ? random.pick([1, 60]) : 0);
    return now + random.between(1, longest);
  }

  #hash(): string {
    return this.#random.chance(0.05) ? UNKNOWN_HASH : this.#random.pick(FILES).hash;
  }

  #member({ state }: Ledger): string {
    const libraries = LIBRARIES.slice(0, 7).map(({ key }) => key);
    const members = libraries.filter((key) => state.members.has(key));
    return this.#random.pick(members.length === 0 || this.#lie() ? [...libraries, READERS[0]!.key] : members);
  }

  #reader({ state }: Ledger): string {
    const random = this.#random;
    const lied = [...STRANGERS, ...READERS, ...BILLING, ...LIBRARIES.slice(0, 2)].map(({ key }) => key);
    const known = lied.filter((key) => state.accounts.has(key));
    if (known.length === 0 || this.#lie()) return random.pick(lied);
    return random.pick(random.chance(0.7) ? known.slice(0, 5) : known);
  }

  /** Somebody who has tokens. */
  #payer(ledger: Ledger): string {
    const rich = [...ledger.state.accounts].filter(([, { tokens }]) => tokens > 0n).map(([key]) => key);
    return rich.length === 0 || this.#lie() ? this.#reader(ledger) : this.#random.pick(rich);
  }

  #billing({ state }: Ledger): string {
    const random = this.#random;
    const granted = [...state.billing];
    if (granted.length > 0 && !this.#lie()) return random.pick(granted);
    return random.pick([...BILLING, ...READERS.slice(0, 2)]).key;
  }

  #authority({ state }: Ledger): string {
    return this.#lie() ? this.#random.pick(LIBRARIES.slice(0, 7)).key : this.#random.pick(state.authorities);
  }

  /** What somebody has said of a file that he brings; a liar says a little else. */
  #pending({ state }: Ledger): Said {
    const random = this.#random;
    const all = [...state.pending].flatMap(([hash, uploads]) =>
      [...uploads.values()].map(({ key, size, name, infoHashes }) => ({ hash, key, size, name, infoHashes })),
    );
    if (all.length > 0) {
      const said = random.pick(all);
      if (!this.#lie()) return said;
      const key = this.#random.pick(READERS).key;
      return {
        ...said,
        ...random.pick([{ size: beside(said.size) }, { name: random.pick(NAMES) }, { key }]),
      };
    }
    const hash = this.#hash();
    const file = state.files.get(hash);
    const key = file?.uploader ?? random.pick(READERS).key;
    return {
      hash,
      key,
      size: file?.size ?? 77n,
      name: file?.name ?? NAMES[0]!,
      infoHashes: infoHashesOf(hash),
    };
  }

  #sale({ state }: Ledger): string {
    const random = this.#random;
    const open = [...state.sales].filter(([, { closed }]) => closed === undefined).map(([id]) => id);
    if (open.length > 0 && random.chance(0.75)) return random.pick(open);
    return this.#sales.length === 0 || random.chance(0.1) ? UNKNOWN_HASH : random.pick(this.#sales);
  }

  #amount({ state }: Ledger, payer: string): bigint {
    const random = this.#random;
    const tokens = state.accounts.get(payer)?.tokens ?? 0n;
    if (this.#lie()) return random.pick([0n, tokens + 1n, 2n ** 63n - 1n]);
    if (tokens === 0n || random.chance(this.#flavour === 'rich' ? 0.3 : 0.1)) return tokens;
    if (random.chance(0.15)) return tokens - BigInt(random.below(Number(tokens < 100n ? tokens : 100n)));
    return 1n + BigInt(random.below(Number(tokens < 1_000n ? tokens : 1_000n)));
  }

  /** Bytes that come once: 32 bits of chance, repeated, are enough to tell them apart. */
  #hex(bytes: number): string {
    const word = this.#random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
    return word.repeat(bytes / 4);
  }
}

/** The last second in which it may happen once. */
function endOf(tx: Transaction): number {
  if (tx.kind === 'upload') return tx.sponsorExpires;
  return 'nonce' in tx ? tx.expires : Number.POSITIVE_INFINITY;
}

/** When something of this state ends. */
function deadlines({ state, block }: Ledger): number[] {
  return [
    (Math.floor(block.time / DAY_MS) + 1) * DAY_MS,
    ...[...state.pending.values()].flatMap((uploads) =>
      [...uploads.values()].map(({ time }) => time + PENDING_LIFE_MS),
    ),
    ...[...state.proposals.values()].map(({ time }) => time + PROPOSAL_LIFE_MS),
    ...[...state.sales.values()].map(({ closed, reclaimFrom }) =>
      closed === undefined ? reclaimFrom : closed.time + CLOSED_SALE_LIFE_MS,
    ),
    ...[...state.seen.values()].slice(-3).map((expires) => expires * 1_000),
  ];
}

/** Another size, of those that there are. */
function beside(size: bigint): bigint {
  return size < TOKENS_MAX ? size + 1n : size - 1n;
}
