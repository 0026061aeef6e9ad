/** What must always hold, whatever is asked of the ledger. */
import { expect } from 'chai';
import fc from 'fast-check';
import { sumOf } from '../../chain/accounts/card-entry.ts';
import { heldBy } from '../../chain/accounts/supply.ts';
import { account, lentBy, minting, parameters, supply } from '../../chain/queries.ts';
import { SPACES } from '../../chain/state/keys.ts';
import { updateTree } from '../../chain/state/tree.ts';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import { KINDS, type Kind } from '../../chain/transaction/transaction.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { history, play } from './history.ts';
import { keyOf, LIBRARIES, storedBy, World } from './world.ts';

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
  const { view } = world.state;
  let [held, pending, mayYet] = [0n, 0n, 0n];
  for (const hex of values.keys()) {
    const key = fromHex(hex)!;
    const found = key[0] === SPACES.account ? account(view, key.subarray(1)) : undefined;
    if (found !== undefined) {
      const { key: _, ...figures } = found;
      expect(Object.values(figures).every((figure) => figure >= 0n)).to.equal(true);
      held += heldBy(found);
      pending += found.pending;
    }
    if (key[0] === SPACES.file) mayYet += minting(view, key.subarray(1))?.mayYet ?? 0n;
  }
  expect(held).to.equal(supply(view).total);
  expect(pending, 'what accounts wait for is what files may yet mint').to.equal(mayYet);
  for (const name of LIBRARIES) {
    const lent = lentBy(view, keyOf(name), world.time);
    expect(sumOf(lent) <= BigInt(parameters(view).cardBytesPerNodePerDay)).to.equal(true);
  }
  const writes = [...values].map(([hex, value]) => ({ key: fromHex(hex)!, value }));
  const scratch = updateTree({ node: () => undefined }, 0, writes);
  expect(toHex(scratch.root)).to.equal(toHex(world.state.header.stateRoot));
  const pointers = world.blocks.at(-1)?.writes.length === 0 ? 1 : 0; // where the root of the last version stands
  expect(scratch.writes.put.length + pointers).to.equal(pages.size);
}
