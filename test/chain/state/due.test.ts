/** What is over leaves the state: in its order, a few at a time, and never before its moment has passed. */
import { expect } from 'chai';
import { sale as storedSale } from '../../../chain/money/sale.ts';
import { pendingUploads, sale } from '../../../chain/queries.ts';
import { enqueueDue, sweepDue } from '../../../chain/state/due.ts';
import { bringingKey, SPACES } from '../../../chain/state/keys.ts';
import { Draft } from '../../../chain/state/state.ts';
import { AssertionFailed } from '../../../core/assert.ts';
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import { genesisOf, hashOf, idOf, keyOf, storedBy, World } from '../world.ts';

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
    const kept = () => sold.filter((one) => storedSale(world.state.view, idOf(one)) !== undefined).length;
    const told = (time: number) => sold.filter((one) => sale(world.state.view, idOf(one), time)).length;
    const code = (afterMs: number) => world.code(world.settle(idOf(sold[2]!)), afterMs);
    world.run([], LIFE - 1_000);
    expect(code(1_000)).to.equal('sale.closed');
    expect(code(1_001), 'it is over, though it is still stored').to.equal('sale.unknown');
    expect([told(world.time + 1_000), told(world.time + 1_001)], 'nor is anybody told of it').to.deep.equal([
      3, 0,
    ]);
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

  it('lets a pending upload leave after 30 days, two with each transaction, and nothing of what became available', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    const files = ['a', 'b', 'c', 'd'];
    world.run(files.map((name) => world.upload(name, 100n)));
    world.run([world.attest('d', 'bob')]);
    const stored = () => files.filter((name) => storedBy(world).values.has(toHex(bringingKey(hashOf(name)))));
    const pending = () =>
      files.filter((name) => pendingUploads(world.state.view, hashOf(name), world.time).length > 0);
    world.run([], limits.uploadPendingMs - 1_000);
    expect(pending(), 'the last millisecond').to.deep.equal(['a', 'b', 'c']);
    world.run([world.transfer('uploader', 1n)], 1);
    expect(pending(), 'over, though still stored').to.deep.equal([]);
    expect(stored()).to.deep.equal(['c', 'd']);
    expect(world.code(world.attest('c', 'bob'))).to.equal('upload.unknown');
    world.run([world.transfer('uploader', 1n)]);
    expect(stored(), 'who brought d is still known').to.deep.equal(['d']);
    world.run([world.transfer('uploader', 1n)]);
    const spaces = [...storedBy(world).values.keys()].map((key) => Number.parseInt(key.slice(0, 2), 16));
    expect(spaces).not.to.include.members([SPACES.due]);
  });

  it('keeps the upload that came anew for a file whose first one is over', () => {
    const world = new World(genesisOf({ attestations: 2 }));
    world.run([world.upload('a', 100n)]);
    world.run([], limits.uploadPendingMs / 2);
    world.run([world.upload('a', 100n, 'reader', { sponsor: keyOf('bob') })]);
    world.run([], limits.uploadPendingMs / 2 + 1_000);
    world.run([world.transfer('uploader', 1n)]);
    const [left, ...others] = pendingUploads(world.state.view, hashOf('a'), world.time);
    expect(others).to.deep.equal([]);
    expect(toHex(left!.key)).to.equal(toHex(keyOf('reader')));
    world.run([], limits.uploadPendingMs / 2);
    world.run([world.transfer('uploader', 1n)]);
    expect(storedBy(world).values.has(toHex(bringingKey(hashOf('a'))))).to.equal(false);
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
