/** Random histories of everything that may be asked of the ledger, much of it nonsense. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Action } from '../../chain/governance/action.ts';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import { KINDS, type Kind, type Transaction } from '../../chain/transaction/transaction.ts';
import { unreachable } from '../../core/assert.ts';
import { toHex } from '../../core/bytes.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { genesisOf, hashOf, idOf, keyOf, World } from './world.ts';

export const READERS = ['reader', 'uploader', 'billing', 'new', 'other', 'ann'] as const;
/** Four libraries and one who is none. */
const NODES = ['ann', 'bob', 'cid', 'dan', 'reader'] as const;
const FILES = ['f', 'g', 'h'] as const;

/** What to ask: small numbers that `make` turns into a transaction. */
const wish = fc.record({
  kind: fc.constantFrom(...KINDS),
  // Mostly the two readers that are there from the start.
  a: fc.oneof(fc.nat(1), fc.nat(5)),
  b: fc.integer({ min: 0, max: 5 }),
  amount: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2_000 })),
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;
export const history = fc.record({
  attestations: fc.integer({ min: 1, max: 2 }),
  authorities: fc.integer({ min: 1, max: 4 }),
  blocks: fc.array(
    fc.record({
      wishes: fc.array(wish, { minLength: 6, maxLength: 14, size: 'max' }),
      afterMs: fc.constantFrom(1, 250, 60_000, 700_000, 1_100_000),
    }),
    { minLength: 2, maxLength: 4, size: 'max' },
  ),
});

/** Sales and proposals made so far: ids that later wishes may name. */
type Memory = { readonly sales: Hash32[]; readonly proposals: Hash32[] };

function make(world: World, { kind, a, b, amount }: Wish, memory: Memory): Transaction {
  const [reader, other] = [READERS[a]!, READERS[b]!];
  const node = NODES[a % NODES.length]!;
  const file = FILES[b % FILES.length]!;
  const sale = memory.sales[amount % 3] ?? hashOf('no sale');
  const billing = a === 5 ? 'reader' : 'billing';
  switch (kind) {
    case 'register':
      return world.register(reader, NODES[b % NODES.length]!);
    case 'upload':
      return world.upload(file, amount % 9 === 0 ? 0n : 7n * BigInt(1 + (b % 3)), reader, {
        sponsor: keyOf(NODES[amount % 5]!),
      });
    case 'attest':
      return world.attest(file, node, READERS[amount % 2]!, amount % 11 === 0 ? 'other bytes' : file);
    case 'download':
      return world.download(file, reader);
    case 'transfer':
      return world.transfer(other, BigInt(amount), reader);
    case 'buy':
      return world.buy(reader, BigInt(amount), `receipt ${b}`, billing);
    case 'sell':
      return world.sell(BigInt(amount), reader);
    case 'settle':
      return world.settle(sale, billing);
    case 'release':
      return world.release(sale, billing);
    case 'reclaim':
      return world.reclaim(sale, amount % 4 === 0 ? 'billing' : 'reader');
    case 'propose':
      return world.propose(actionOf(world, a, b, amount), node);
    case 'approve':
      return world.approve(memory.proposals[amount % 2] ?? hashOf('no proposal'), node);
    default:
      return unreachable(kind);
  }
}

function actionOf(world: World, a: number, b: number, amount: number): Action {
  const key = keyOf(READERS[b]!);
  const hash = hashOf(FILES[b % FILES.length]!);
  const some = NODES.slice(0, 1 + (amount % 4));
  const actions: Action[] = [
    world.elect(...some),
    { kind: amount % 2 === 0 ? 'grant-role' : 'revoke-role', key, role: 'billing' },
    { kind: 'set-parameters', parameters: { ...world.genesis.parameters, attestations: 1 + (amount % 2) } },
    { kind: (['restore', 'take-down', 'reset-file', 'reset-file'] as const)[amount % 4]!, hash },
    { kind: 'remove-member', key: keyOf(NODES[b % NODES.length]!) },
    { kind: 'add-member', member: { key, name: 'New', addresses: [], tracker: '', api: '' } },
  ];
  return actions[a]!;
}

/** Blocks of those that the rules accept, each executed again as a stranger's. No file is credited twice. */
export function play({
  attestations,
  authorities,
  blocks,
}: typeof history extends fc.Arbitrary<infer T> ? T : never) {
  const world = new World(genesisOf({ attestations, saleTimeoutMs: 60_000 }, authorities));
  const memory: Memory = { sales: [], proposals: [] };
  const credited = new Set<string>();
  const accepted: Kind[] = [];
  for (const { wishes, afterMs } of blocks) {
    const wanted: Transaction[] = [];
    for (const one of wishes) {
      const transaction = make(world, one, memory);
      wanted.push(transaction);
      if (transaction.kind === 'sell') memory.sales.push(idOf(transaction));
      if (transaction.kind === 'propose') memory.proposals.push(idOf(transaction));
    }
    const { executed, refused } = world.build(wanted.map(encodeChecked), afterMs);
    // Executed again as a stranger's block: the same hash, so the same roots.
    world.adopt(executed);
    for (const { transaction } of executed.transactions) accepted.push(transaction.kind);
    expect(executed.transactions.length + refused.length).to.be.at.most(wanted.length);
    for (const event of executed.events) {
      if (event.kind === 'reset') credited.delete(toHex(event.hash));
      if (event.kind !== 'available') continue;
      expect(credited.has(toHex(event.hash)), 'credited once').to.equal(false);
      credited.add(toHex(event.hash));
    }
  }
  return { world, accepted };
}
