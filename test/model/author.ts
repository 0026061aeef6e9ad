/**
 * Writes a random history while the model plays it: mostly what fits the present state, often a little wrong. Members
 * lie, readers claim what others brought, forgers sign with roles that they have not, everything comes twice. The
 * seed decides it all.
 */
import type { Holder } from '../../chain/kind/field.ts';
import { SeededRandom } from '../sim/random.ts';
import { makeCard } from './author-cards.ts';
import { beside, Draws, NAMES } from './author-draws.ts';
import { type Flavour, makeGenesis } from './author-genesis.ts';
import { makeAction } from './author-governance.ts';
import { fromShapes, type Sources } from './author-shapes.ts';
import { deadlines } from './author-times.ts';
import { BAD_KEYS, FILES, infoHashesOf, KEYS, RECEIPTS, UNKNOWN_HASH } from './cast.ts';
import { START_MS, type Step } from './history.ts';
import type { Ledger } from './ledger.ts';
import { idOf } from './ledger-encoding.ts';
import type { Upload } from './ledger-files.ts';
import { KINDS, type Transaction } from './ledger-kinds.ts';
import { DAY_MS, TOKENS_MAX } from './ledger-state.ts';
import type { Genesis } from './ledger-types.ts';

type Kind = Transaction['kind'] | 'again';

/** How often; a kind that is not here is made from the shapes of its fields. */
const WEIGHTS: Readonly<Partial<Record<Kind, number>>> = {
  register: 3,
  upload: 9,
  attest: 9,
  download: 12,
  card: 8,
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
/** Which, of draws below this. */
const FLAVOURS: readonly (readonly [Flavour, number])[] = [
  ['crowded', 0.006],
  ['full', 0.01],
  ['rich', 0.15],
  ['reading', 0.4],
  ['plain', 1],
];
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
  readonly #draws: Draws;
  /** How often time leaps. */
  readonly #leaps: number;
  readonly #said: Transaction[] = [];
  readonly #sales: string[] = [];
  readonly #proposals: string[] = [];
  #stepsInBlock = 0;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    const draw = random.next();
    this.#flavour = FLAVOURS.find(([, below]) => draw < below)![0];
    this.genesis = makeGenesis(random, this.#flavour);
    this.#draws = new Draws(random, this.#flavour, random.pick([0.05, 0.15, 0.3]));
    this.#leaps = random.pick([0.05, 0.2, 0.5]);
    const others = Object.keys(KINDS).filter((kind) => !Object.hasOwn(WEIGHTS, kind));
    const kinds = [...Object.entries(WEIGHTS), ...others.map((kind) => [kind, OTHER_WEIGHT])] as [
      Kind,
      number,
    ][];
    const liking = (kind: Kind): number =>
      this.#flavour === 'reading' && (kind === 'card' || kind === 'download') ? 4 : 1;
    this.#weights = kinds.map(([kind, weight]) => [
      kind,
      weight * liking(kind) * random.pick([0.2, 1, 1, 3]),
    ]);
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
    const signature = random.chance(0.5) ? '00'.repeat(64) : this.#draws.hex(64);
    switch (kind) {
      case 'register': {
        const unknown = KEYS.filter((key) => !state.accounts.has(key));
        const key = this.#draws.lie()
          ? random.pick(BAD_KEYS)
          : random.pick(random.chance(0.8) ? unknown : KEYS);
        return { kind, key, sponsor: this.#draws.member(ledger), signature };
      }
      case 'upload':
        return this.#upload(ledger);
      case 'attest': {
        if (state.pending.size === 0 && random.chance(0.9)) return this.#upload(ledger);
        const { hash, size, name, key: uploader, infoHashes: told } = this.#draws.pending(ledger);
        const infoHashes = this.#draws.lie() ? infoHashesOf(hash, random.chance(0.5)) : told;
        const node = this.#draws.member(ledger);
        return { kind, hash, size, name, uploader, infoHashes, node, ...this.#draws.once(ledger) };
      }
      case 'download': {
        if (state.files.size === 0 && random.chance(0.7)) return this.#upload(ledger);
        const expires = random.chance(0.5)
          ? undefined
          : this.#draws.expires(ledger, random.pick([60, 10 ** 9]));
        const known = [...state.files.keys()];
        const hash = known.length > 0 && !this.#draws.lie() ? random.pick(known) : this.#draws.hash();
        return { kind, hash, key: this.#draws.customer(ledger, hash), expires, signature };
      }
      case 'card': {
        const useless = state.parameters.cardBytesPerNodePerDay === 0 && random.chance(0.93);
        if (useless) return this.#make('download', ledger);
        return { kind, ...makeCard(random, ledger, this.#draws), ...this.#draws.once(ledger) };
      }
      case 'buy': {
        const billing = this.#draws.billing(ledger);
        const receipt = random.chance(0.6) ? this.#draws.hex(32) : random.pick(RECEIPTS);
        const amount = random.chance(0.7)
          ? BigInt(random.between(1, 50))
          : this.#draws.amount(ledger, billing);
        return {
          kind,
          to: this.#draws.reader(ledger),
          amount,
          receipt,
          billing,
          ...this.#draws.once(ledger),
        };
      }
      case 'sell': {
        const key = this.#draws.payer(ledger);
        const amount = this.#draws.amount(ledger, key);
        const [payee, rate, billing] = [this.#draws.hex(32), '1 EUR', this.#draws.billing(ledger)];
        return { kind, payee, amount, rate, billing, key, ...this.#draws.once(ledger) };
      }
      case 'settle':
      case 'release': {
        if (this.#sales.length === 0 && random.chance(0.9)) return this.#make('sell', ledger);
        const sale = this.#sale(ledger);
        const known = state.sales.get(sale)?.billing;
        const billing = known === undefined || this.#draws.lie() ? this.#draws.billing(ledger) : known;
        return { kind, sale, billing, ...this.#draws.once(ledger) };
      }
      case 'reclaim': {
        if (this.#sales.length === 0 && random.chance(0.9)) return this.#make('sell', ledger);
        const sale = this.#sale(ledger);
        const known = state.sales.get(sale)?.seller;
        const key = known === undefined || this.#draws.lie() ? this.#draws.reader(ledger) : known;
        return { kind, sale, key, ...this.#draws.once(ledger) };
      }
      case 'propose': {
        const proposer = this.#draws.authority(ledger);
        const action = makeAction(random, ledger, this.#draws.lie());
        return { kind, action, proposer, ...this.#draws.once(ledger) };
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
        const authority =
          waiting.length > 0 && !this.#draws.lie() ? random.pick(waiting) : this.#draws.authority(ledger);
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
      if (holder === 'reader') return this.#draws.reader(ledger);
      if (holder === 'billing') return this.#draws.billing(ledger);
      return holder === 'authority' ? this.#draws.authority(ledger) : this.#draws.member(ledger);
    };
    return {
      key,
      signer: (holder) => (holder === 'reader' ? this.#draws.payer(ledger) : key(holder)),
      hash: () => (known.length > 0 && !this.#draws.lie() ? random.pick(known) : this.#draws.hash()),
      infoHashes: () => infoHashesOf(this.#draws.hash(), this.#draws.lie()),
      fresh: (bytes) => this.#draws.hex(bytes),
      amount: (signer) => this.#draws.amount(ledger, signer),
      seconds: () => this.#draws.expires(ledger, 3_600),
      isThere: () => random.chance(0.5),
    };
  }

  #upload(ledger: Ledger): Transaction {
    const random = this.#random;
    const hash = this.#draws.hash();
    const known = FILES.find((file) => file.hash === hash)?.size ?? 77n;
    const size = this.#draws.lie()
      ? random.pick([0n, 1n, 63n, 64n, 65n, 1_000n, 2n ** 20n, 2n ** 20n + 1n, 2n ** 40n, TOKENS_MAX])
      : known;
    const name = this.#draws.lie() ? random.pick(BAD_NAMES) : random.pick(NAMES);
    const sponsor = this.#draws.member(ledger);
    const expires = random.chance(0.4)
      ? undefined
      : this.#draws.expires(ledger, random.pick([60, EXPIRES_SECONDS_MAX, EXPIRES_SECONDS_MAX]));
    return {
      kind: 'upload',
      hash,
      size,
      name,
      infoHashes: infoHashesOf(hash, this.#draws.lie()),
      key: random.chance(0.15) ? sponsor : this.#draws.reader(ledger),
      expires,
      signature: this.#draws.hex(64),
      sponsor,
      sponsorExpires: this.#draws.expires(ledger, 3_600),
      sponsorSignature: this.#draws.hex(64),
    };
  }

  /** By another member, who says the same of the file or, with the same signature of the reader, something else. */
  #besides(said: Upload, ledger: Ledger): Upload {
    const random = this.#random;
    const other = {
      ...said,
      sponsor: this.#draws.member(ledger),
      sponsorExpires: this.#draws.expires(ledger, 3_600),
    };
    if (random.chance(0.5)) return other;
    const lie = random.pick([
      { size: beside(said.size) },
      { name: random.pick(NAMES) },
      { infoHashes: infoHashesOf(said.hash, true) },
      { key: this.#draws.reader(ledger) },
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
        return { ...said, signature: this.#draws.hex(64) };
      case 2:
        if (said.kind === 'upload') return { ...said, sponsorExpires: this.#draws.expires(ledger, 3_600) };
        return 'nonce' in said
          ? { ...said, nonce: this.#draws.hex(16) }
          : { ...said, signature: this.#draws.hex(64) };
      default: {
        if (said.kind === 'upload') return this.#besides(said, ledger);
        return 'nonce' in said ? { ...said, ...this.#draws.once(ledger) } : said;
      }
    }
  }

  #sale({ state }: Ledger): string {
    const random = this.#random;
    const open = [...state.sales].filter(([, { closed }]) => closed === undefined).map(([id]) => id);
    if (open.length > 0 && random.chance(0.75)) return random.pick(open);
    return this.#sales.length === 0 || random.chance(0.1) ? UNKNOWN_HASH : random.pick(this.#sales);
  }
}

/** The last second in which it may happen once. */
function endOf(tx: Transaction): number {
  if (tx.kind === 'upload') return tx.sponsorExpires;
  return 'nonce' in tx ? tx.expires : Number.POSITIVE_INFINITY;
}
