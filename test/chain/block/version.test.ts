import { expect } from 'chai';
import { executeBlock } from '../../../chain/block/execute.ts';
import { canFollow, childVersion, RULES_VERSION } from '../../../chain/block/version.ts';
import { AssertionFailed } from '../../../core/assert.ts';
import { genesisOf, World } from '../world.ts';

describe('the version of the rules', () => {
  it('block.unknown-version: nobody makes or judges a block by rules that they do not know', () => {
    const world = new World(genesisOf({}, 1));
    world.knows = RULES_VERSION + 1;
    world.run([world.propose({ kind: 'upgrade', height: 11, version: RULES_VERSION + 1 })]);
    while (world.state.header.height < 9) world.run([]);
    expect(canFollow(world.state)).to.equal(true);
    const { block, transactions } = world.run([]);
    expect(childVersion(world.state)).to.equal(RULES_VERSION + 1);
    expect(canFollow(world.state)).to.equal(false);
    const { parentHash: _, ...header } = block.header;
    const next = { ...header, parentHash: world.state.hash, height: 11, version: RULES_VERSION + 1 };
    const stranger = executeBlock(world.state, { header: next, transactions: [] }, transactions);
    expect(stranger).to.deep.equal({ kind: 'ignore', code: 'block.unknown-version' });
    expect(() => world.build([])).to.throw(AssertionFailed);
  });

  it('goes on by rules that are known, and never back to older ones', () => {
    const world = new World(genesisOf({}, 1));
    world.run([world.propose({ kind: 'upgrade', height: 2, version: RULES_VERSION })]);
    expect(world.code(world.propose({ kind: 'upgrade', height: 3, version: 0 }))).to.equal(
      'proposal.not-applicable',
    );
    world.run([]);
    world.run([]);
    expect(world.blocks.map(({ block }) => block.header.version)).to.deep.equal([1, 1, 1]);
  });
});
