/** Random histories of everything that may be asked of the ledger, much of it nonsense: what must always hold. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Action } from '../../chain/governance/action.ts';
import { account, supply } from '../../chain/queries.ts';
import { SPACES } from '../../chain/state/keys.ts';
import { updateTree } from '../../chain/state/tree.ts';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import { KINDS, type Kind, type Transaction } from '../../chain/transaction/transaction.ts';
import { unreachable } from '../../core/assert.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { genesisOf, hashOf, idOf, keyOf, storedBy, World } from './world.ts';

const READERS = ['reader', 'uploader', 'billing', 'new', 'other', 'ann'] as const;
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
const history = fc.record({
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

function play({
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

describe('histories', () => {
  it('keep the books: conservation, no negative balance, one credit a file, one root for one state', () => {
    const accepted = new Map<Kind, number>();
    fc.assert(
      fc.property(history, (wanted) => {
        const { world, accepted: own } = play(wanted);
        for (const kind of own) accepted.set(kind, (accepted.get(kind) ?? 0) + 1);
        audit(world);
      }),
      { numRuns: 1_000 },
    );
    // Were one kind never accepted, this test would say nothing of it.
    expect([...accepted.keys()]).to.have.members(KINDS);
  });

  it('give the same state for candidates that have nothing to do with each other, in any order', () => {
    const world = new World();
    world.publish('f', 5n);
    const independent = [
      world.register('new'),
      world.download('f', 'reader'),
      world.upload('g', 3n),
      world.sell(2n, 'billing'),
      world.transfer('uploader', 1n),
    ].map(encodeChecked);
    const roots = fc.sample(fc.shuffledSubarray(independent, { minLength: 5 }), 30).map((order) => {
      const { executed } = world.build(order);
      expect(executed.transactions).to.have.length(5);
      return toHex(executed.block.header.stateRoot);
    });
    expect(new Set(roots).size).to.equal(1);
  });
});

/** Everything that a store would hold after it, looked at as a whole. */
function audit(world: World): void {
  const { values, pages } = storedBy(world);
  let sum = 0n;
  for (const hex of values.keys()) {
    const key = fromHex(hex)!;
    if (key[0] !== SPACES.account) continue;
    const found = account(world.state.view, key.subarray(1))!;
    for (const amount of [found.tokens, found.locked, found.uploaded, found.downloaded]) {
      expect(amount >= 0n).to.equal(true);
    }
    sum += found.tokens + found.locked;
  }
  expect(sum).to.equal(supply(world.state.view).total);
  const writes = [...values].map(([hex, value]) => ({ key: fromHex(hex)!, value }));
  const scratch = updateTree({ node: () => undefined }, 0, writes);
  expect(toHex(scratch.root)).to.equal(toHex(world.state.header.stateRoot));
  const pointers = world.blocks.at(-1)?.writes.length === 0 ? 1 : 0; // where the root of the last version stands
  expect(scratch.writes.put.length + pointers).to.equal(pages.size);
}
