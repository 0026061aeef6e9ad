/**
 * Of each kind: how it comes about, what stops it a second time, and how it is asked for in histories of chance. A new kind
 * does not compile before it stands here.
 */
import type { Action } from '../../chain/governance/action.ts';
import type { Kind, Transaction } from '../../chain/kinds.ts';
import type { Code } from '../../core/codes.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { hashOf, idOf, keyOf, type World } from './world.ts';

export const READERS = ['reader', 'uploader', 'billing', 'new', 'other', 'ann'] as const;
/** Four libraries and one who is none. */
const NODES = ['ann', 'bob', 'cid', 'dan', 'reader'] as const;
const FILES = ['f', 'g', 'h'] as const;

/** Small numbers that an example turns into a transaction. */
export type Wish = { readonly a: number; readonly b: number; readonly amount: number };
/** Sales and proposals made so far: ids that later wishes may name. */
export type Memory = { readonly sales: Hash32[]; readonly proposals: Hash32[] };

type Example = {
  /** Makes what must be there before, and gives a transaction that may happen next. */
  readonly first: (world: World) => Transaction;
  /** Whoever plays that again hears one of these. */
  readonly stopped: readonly Code[];
  /** Much of it nonsense. */
  readonly wished: (world: World, wish: Wish, memory: Memory) => Transaction;
};
const ONCE: readonly Code[] = ['transaction.repeated', 'transaction.expired'];

export const EXAMPLES: Readonly<Record<Kind, Example>> = {
  register: {
    first: (world) => world.register('new'),
    stopped: ['register.already-known'],
    wished: (world, { a, b }) => world.register(READERS[a]!, nodeOf(b)),
  },
  upload: {
    first: (world) => world.upload('book', 5n),
    stopped: ONCE,
    wished: (world, { a, b, amount }) =>
      world.upload(fileOf(b), amount % 9 === 0 ? 0n : 7n * BigInt(1 + (b % 3)), READERS[a]!, {
        sponsor: keyOf(nodeOf(amount)),
      }),
  },
  attest: {
    first(world) {
      world.run([world.upload('book', 5n)]);
      return world.attest('book', 'bob');
    },
    stopped: ONCE,
    wished: (world, { a, b, amount }) =>
      world.attest(fileOf(b), nodeOf(a), READERS[amount % 2]!, amount % 11 === 0 ? 'other bytes' : fileOf(b)),
  },
  download: {
    first(world) {
      world.publish('book', 5n);
      return world.download('book');
    },
    stopped: ['download.already-owned'],
    wished: (world, { a, b }) => world.download(fileOf(b), READERS[a]!),
  },
  card: {
    first: (world) => world.card('reader', 5n),
    stopped: ONCE,
    wished: (world, { a, b, amount }) =>
      world.card(READERS[a]!, BigInt(amount) / 2n, {
        sponsor: keyOf(nodeOf(b)),
        until: world.period + (amount % 4),
      }),
  },
  transfer: {
    first: (world) => world.transfer('uploader', 5n),
    stopped: ONCE,
    wished: (world, { a, b, amount }) => world.transfer(READERS[b]!, BigInt(amount), READERS[a]!),
  },
  buy: {
    first: (world) => world.buy('reader', 5n, 'receipt'),
    stopped: ONCE,
    wished: (world, { a, b, amount }) => world.buy(READERS[a]!, BigInt(amount), `receipt ${b}`, billingOf(a)),
  },
  sell: {
    first: (world) => world.sell(5n),
    stopped: ONCE,
    wished: (world, { a, amount }) => world.sell(BigInt(amount), READERS[a]!),
  },
  settle: {
    first: (world) => world.settle(sold(world)),
    stopped: ONCE,
    wished: (world, { a, amount }, memory) => world.settle(saleOf(memory, amount), billingOf(a)),
  },
  release: {
    first: (world) => world.release(sold(world)),
    stopped: ONCE,
    wished: (world, { a, amount }, memory) => world.release(saleOf(memory, amount), billingOf(a)),
  },
  reclaim: {
    first(world) {
      const sale = sold(world);
      world.run([world.register('meanwhile')], 1_000_000);
      return world.reclaim(sale);
    },
    stopped: ONCE,
    wished: (world, { amount }, memory) =>
      world.reclaim(saleOf(memory, amount), amount % 4 === 0 ? 'billing' : 'reader'),
  },
  propose: {
    first: (world) => world.propose({ kind: 'remove-member', key: keyOf('dan') }),
    stopped: ONCE,
    wished: (world, wish) => world.propose(actionOf(world, wish), nodeOf(wish.a)),
  },
  approve: {
    first(world) {
      const proposal = world.propose({ kind: 'remove-member', key: keyOf('dan') });
      world.run([proposal]);
      return world.approve(idOf(proposal), 'bob');
    },
    stopped: ['proposal.already-approved', 'proposal.unknown'],
    wished: (world, { a, amount }, { proposals }) =>
      world.approve(proposals[amount % 2] ?? hashOf('no proposal'), nodeOf(a)),
  },
};

function sold(world: World): Hash32 {
  const sale = world.sell(5n);
  world.run([sale]);
  return idOf(sale);
}

function nodeOf(number: number): string {
  return NODES[number % NODES.length]!;
}

function fileOf(number: number): string {
  return FILES[number % FILES.length]!;
}

function billingOf(number: number): string {
  return number === 5 ? 'reader' : 'billing';
}

function saleOf({ sales }: Memory, number: number): Hash32 {
  return sales[number % 3] ?? hashOf('no sale');
}

function actionOf(world: World, { a, b, amount }: Wish): Action {
  const key = keyOf(READERS[b]!);
  const hash = hashOf(fileOf(b));
  const some = NODES.slice(0, 1 + (amount % 4));
  const actions: Action[] = [
    world.elect(...some),
    { kind: amount % 2 === 0 ? 'grant-role' : 'revoke-role', key, role: 'billing' },
    { kind: 'set-parameters', parameters: { ...world.genesis.parameters, attestations: 1 + (amount % 2) } },
    { kind: (['restore', 'take-down', 'reset-file', 'reset-file'] as const)[amount % 4]!, hash },
    { kind: 'remove-member', key: keyOf(nodeOf(b)) },
    { kind: 'add-member', member: { key, name: 'New', addresses: [], tracker: '', api: '' } },
  ];
  return actions[a]!;
}
