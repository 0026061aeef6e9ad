/** What is over leaves the state: in its order, a few at a time, and never before its moment has passed. */
import { expect } from 'chai';
import { enqueueDue, sweepDue } from '../../chain/due.ts';
import { SPACES } from '../../chain/keys.ts';
import { sale } from '../../chain/queries.ts';
import { Draft } from '../../chain/state.ts';
import { AssertionFailed } from '../../core/assert.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { hashOf, idOf, storedBy, World } from './world.ts';

const LIFE = limits.closedSaleLifeMs;

describe('queues of what is due', () => {
  it('gives back what is over in the order in which it came, two at a time, and keeps the last millisecond', () => {
    const draft = new Draft({ get: () => undefined });
    for (const [index, due] of [10, 10, 11, 20].entries())
      enqueueDue(draft, 'closedSales', due, hashOf(`${index}`));
    const sweep = (time: number) => sweepDue(draft, 'closedSales', time).map(toHex);
    const names = (...indices: number[]) => indices.map((index) => toHex(hashOf(`${index}`)));
    expect(sweep(10)).to.deep.equal([]);
    expect(sweep(12)).to.deep.equal(names(0, 1));
    expect(sweep(12)).to.deep.equal(names(2));
    expect(sweep(20)).to.deep.equal([]);
    expect(sweep(21)).to.deep.equal(names(3));
    expect(draft.writes(), 'nothing is left of an empty queue').to.deep.equal([]);
  });

  it('goes on behind what is there, and begins anew when it was empty', () => {
    const draft = new Draft({ get: () => undefined });
    for (let turn = 0; turn < 3; turn++) {
      enqueueDue(draft, 'closedSales', turn, hashOf('a'));
      enqueueDue(draft, 'closedSales', turn, hashOf('b'));
      enqueueDue(draft, 'closedSales', turn, hashOf('c'));
      expect(sweepDue(draft, 'closedSales', turn + 1)).to.have.length(2);
      expect(sweepDue(draft, 'closedSales', turn + 1)).to.have.length(1);
    }
    expect(draft.writes()).to.deep.equal([]);
  });

  it('stops for an entry that would be over before the one ahead of it: that one would keep it for ever', () => {
    const draft = new Draft({ get: () => undefined });
    enqueueDue(draft, 'closedSales', 10, hashOf('a'));
    expect(() => enqueueDue(draft, 'closedSales', 9, hashOf('b'))).to.throw(AssertionFailed);
  });

  it('lets a closed sale leave 90 days after it closed, with the transactions that come then', () => {
    const world = new World();
    const sold = [1n, 2n, 3n].map((amount) => world.sell(amount));
    world.run(sold);
    world.run(sold.map((one) => world.release(idOf(one))));
    const kept = () => sold.filter((one) => sale(world.state.view, idOf(one)) !== undefined).length;
    const code = (afterMs: number) => world.code(world.settle(idOf(sold[2]!)), afterMs);
    world.run([], LIFE - 1_000);
    expect(code(1_000)).to.equal('sale.closed');
    expect(code(1_001), 'it is over, though it is still stored').to.equal('sale.unknown');
    world.run([world.transfer('uploader', 1n)]);
    expect(kept()).to.equal(3);
    world.run([], 1_000);
    expect(kept(), 'an empty block changes nothing').to.equal(3);
    world.run([world.transfer('uploader', 1n)]);
    expect(kept()).to.equal(1);
    world.run([world.transfer('uploader', 1n)]);
    expect(kept()).to.equal(0);
    const spaces = [...storedBy(world).values.keys()].map((key) => Number.parseInt(key.slice(0, 2), 16));
    expect(spaces).not.to.include.members([SPACES.due]);
    expect(spaces).not.to.include.members([SPACES.dueQueue]);
  });

  it('keeps a sale that is open for as long as nobody ends it', () => {
    const world = new World();
    const sold = world.sell(5n);
    world.run([sold]);
    world.run([], 10 * LIFE);
    world.run([world.transfer('uploader', 1n)]);
    expect(world.code(world.release(idOf(sold)))).to.equal('accept');
  });
});
