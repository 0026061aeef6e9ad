/** A ledger in memory that counts its bytes, and what of each kind of transaction scripts/bench-bytes.ts plays on it. */
import { childEpoch } from '../../chain/block/block.ts';
import { buildBlock, type State } from '../../chain/block/execute.ts';
import { type Genesis, genesisState } from '../../chain/block/genesis.ts';
import { authorities } from '../../chain/queries.ts';
import type { StateWrite } from '../../chain/state/state.ts';
import type { TreeWrites } from '../../chain/state/tree.ts';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { leader } from '../../consensus/quorum.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, toHex, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { genesisOf, hashOf, infoHashesOf, keyOf, World } from '../../test/chain/world.ts';

const BLOCK = 250;
const RICH = 10n ** 15n;
const NAME = 'A title as long as those of most books, and its author.epub';

export type Counted = { readonly state: number; readonly tree: number; readonly blocks: number };

export class Ledger {
  /** Makes transactions; its own state is not used. */
  readonly world: World;
  readonly #state = new Map<string, Bytes>();
  readonly #tree = new Map<string, Bytes>();
  #blocks = 0;
  #head: State;

  constructor(genesis: Genesis) {
    this.world = new World(genesis);
    const { block, hash, writes, tree } = genesisState(genesis);
    this.#head = this.#on({ header: block.header, hash });
    this.#write(writes, tree);
  }

  bytes(): Counted {
    return { state: bytesOf(this.#state), tree: bytesOf(this.#tree), blocks: this.#blocks };
  }

  /** In blocks of some, a second after one another. Every one must happen. */
  run(transactions: readonly Transaction[]): void {
    for (let at = 0; at < transactions.length; at += BLOCK) {
      this.#block(transactions.slice(at, at + BLOCK));
    }
  }

  #block(transactions: readonly Transaction[]): void {
    const { header, view } = this.#head;
    const keys = authorities(view);
    const proposer = keys[leader(childEpoch(header), header.view + 1, keys.length)]!;
    const place = { view: header.view + 1, time: header.time + 1_000, proposer };
    const { executed, refused } = buildBlock(this.#head, transactions.map(encodeChecked), place);
    assert(refused.length === 0, refused.map(({ verdict }) => verdict.code).join());
    this.#write(executed.writes, executed.tree);
    this.#blocks += executed.bytes.length;
    this.#head = this.#on({ header: executed.block.header, hash: executed.hash });
    this.world.state = this.#head;
  }

  #on(head: Pick<State, 'header' | 'hash'>): State {
    const view = { get: (key: Bytes) => this.#state.get(toHex(key)) };
    const tree = { node: (key: Bytes) => this.#tree.get(toHex(key)) };
    return { ...head, view, tree };
  }

  /** As if no older state were kept: pages that are not needed any more go at once. */
  #write(writes: readonly StateWrite[], tree: TreeWrites): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#state.delete(toHex(key));
      else this.#state.set(toHex(key), value);
    }
    for (const key of tree.stale) this.#tree.delete(toHex(key));
    for (const [key, page] of tree.put) this.#tree.set(toHex(key), page);
  }
}

function bytesOf(rows: ReadonlyMap<string, Bytes>): number {
  let bytes = 0;
  for (const [key, value] of rows) bytes += key.length / 2 + value.length;
  return bytes;
}

/** Readers that exist before anything is counted, and what one of each kind needs. */
export function prepared(accounts: number, each: number): Ledger {
  const parameters = { registrationsPerNodePerDay: 1_000_000, cardBytesPerNodePerDay: 10 ** 15 };
  const genesis = genesisOf(parameters);
  const readers = Array.from({ length: accounts }, (_, i) => ({
    key: sha256(utf8(`reader ${i}`)),
    tokens: 1n,
  }));
  const rich = genesis.accounts.map(({ key }) => ({ key, tokens: RICH }));
  const ledger = new Ledger({ ...genesis, accounts: [...rich, ...readers] });
  ledger.run(many(each, (i) => upload(ledger, `book ${i}`)));
  return ledger;
}

export type Played = {
  readonly what: string;
  /** How long what it leaves in the state is there. */
  readonly stays: string;
  run(ledger: Ledger, each: number): void;
};

/** In their order: the later ones use what the earlier ones have left. */
export const KINDS: readonly Played[] = [
  {
    what: 'register',
    stays: 'ever',
    run: (ledger, each) => ledger.run(many(each, (i) => ledger.world.register(`new reader ${i}`))),
  },
  {
    what: 'upload that is available at once',
    stays: 'ever',
    run: (ledger, each) => ledger.run(many(each, (i) => upload(ledger, `new book ${i}`))),
  },
  {
    what: 'download (a purchase)',
    stays: 'ever',
    run: (ledger, each) => ledger.run(many(each, (i) => ledger.world.download(`book ${i}`))),
  },
  {
    what: 'transfer',
    stays: 'an hour (that it happened)',
    run: (ledger, each) => ledger.run(many(each, () => ledger.world.transfer('uploader', 1n))),
  },
  {
    what: 'buy',
    stays: 'ever (the receipt); an hour (that it happened)',
    run: (ledger, each) => ledger.run(many(each, (i) => ledger.world.buy('reader', 1n, `receipt ${i}`))),
  },
  {
    what: 'sell and settle',
    stays: '90 days; an hour (that they happened)',
    run(ledger, each) {
      const sales = many(each, () => ledger.world.sell(1n));
      ledger.run(sales);
      ledger.run(sales.map((sale) => ledger.world.settle(idOf(sale))));
    },
  },
  {
    what: 'card',
    stays: 'ever (the card); an hour (that it happened)',
    run: (ledger, each) => ledger.run(many(each, (i) => ledger.world.card(`new reader ${i}`, 20_000_000n))),
  },
  {
    what: 'download on a card',
    stays: 'ever',
    run(ledger, each) {
      ledger.run([ledger.world.card('reader', 20_000_000n)]);
      ledger.run(many(each, (i) => ledger.world.download(`new book ${i}`)));
    },
  },
];

function upload(ledger: Ledger, name: string): Transaction {
  return ledger.world.upload(name, 1n, 'uploader', {
    hash: hashOf(name),
    name: NAME,
    infoHashes: infoHashesOf(name),
    sponsor: keyOf('ann'),
  });
}

function idOf(transaction: Transaction): Hash32 {
  return encodeChecked(transaction).id;
}

function many(count: number, make: (index: number) => Transaction): Transaction[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
