/** Random histories of everything that may be asked of the ledger, much of it nonsense. */
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import { KINDS, type Kind, type Transaction } from '../../chain/transaction/transaction.ts';
import { toHex } from '../../core/bytes.ts';
import { EXAMPLES, type Memory } from './examples.ts';
import { genesisOf, idOf, World } from './world.ts';

/** What to ask. */
const wish = fc.record({
  kind: fc.constantFrom(...KINDS),
  // Mostly the two readers that are there from the start.
  a: fc.oneof(fc.nat(1), fc.nat(5)),
  b: fc.integer({ min: 0, max: 5 }),
  amount: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2_000 })),
});
export const history = fc.record({
  attestations: fc.integer({ min: 1, max: 2 }),
  authorities: fc.integer({ min: 1, max: 4 }),
  vestingPermille: fc.constantFrom(0, 400, 1_000),
  cardReleasePermille: fc.constantFrom(0, 500),
  blocks: fc.array(
    fc.record({
      wishes: fc.array(wish, { minLength: 6, maxLength: 14, size: 'max' }),
      afterMs: fc.constantFrom(1, 250, 60_000, 700_000, 1_100_000, 86_400_000, 31 * 86_400_000),
    }),
    { minLength: 2, maxLength: 4, size: 'max' },
  ),
});

/** Blocks of those that the rules accept, each executed again as a stranger's. No file is credited twice. */
export function play({
  attestations,
  authorities,
  blocks,
  ...parameters
}: typeof history extends fc.Arbitrary<infer T> ? T : never) {
  const world = new World(genesisOf({ attestations, saleTimeoutMs: 60_000, ...parameters }, authorities));
  const memory: Memory = { sales: [], proposals: [] };
  const credited = new Set<string>();
  const accepted: Kind[] = [];
  for (const { wishes, afterMs } of blocks) {
    const wanted: Transaction[] = [];
    for (const one of wishes) {
      const transaction = EXAMPLES[one.kind].wished(world, one, memory);
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
