/** How far the own clock is from those of the members, by what they say in answer to a hello. */
import { expect } from 'chai';
import { limits } from '../../../../core/limits.ts';
import { Clocks } from '../../../../node/peers/hello/clocks.ts';
import { keyOf } from '../../../chain/world.ts';

const NAMES = ['ann', 'bob', 'cid', 'dan'];
const members = NAMES.map(keyOf);

describe('the clocks of the members', () => {
  let clocks: Clocks;
  const hear = (aheadMs: readonly number[], at = 0): void => {
    for (const [i, one] of aheadMs.entries()) {
      clocks.heard(members[i]!, one, { askedMs: at, heardMs: at });
    }
  };
  const gap = (uptimeMs = 0) => clocks.gap(members, uptimeMs);

  beforeEach(() => {
    clocks = new Clocks();
  });

  it('tell how far the one in the middle is ahead of ours, whatever one liar says', () => {
    expect(gap()).to.equal(undefined);
    hear([60_000, 60_100, -1e15]);
    expect(gap()).to.deep.equal({ aheadMs: 60_000, count: 3 });
    hear([0, -100, 1e15]);
    expect(gap()).to.deep.equal({ aheadMs: 0, count: 3 });
  });

  it('do not put our clock in doubt when half of them agree with it', () => {
    hear([0, 0, 60_000, 60_000]);
    expect(gap()).to.deep.equal({ aheadMs: 0, count: 4 });
    hear([-60_000, -60_000, 10, 60_000]);
    expect(gap()?.aheadMs).to.equal(10);
  });

  it('are not asked through a line or a machine that takes its time, nor for longer than they say hello', () => {
    clocks.heard(members[0]!, 60_000, { askedMs: 0, heardMs: 2_001 });
    expect(gap()).to.equal(undefined);
    clocks.heard(members[0]!, -500, { askedMs: 0, heardMs: 1_000 });
    expect(gap(1_000), 'half of the way belongs to the answer').to.deep.equal({ aheadMs: 0, count: 1 });
    expect(gap(4 * limits.helloEveryMs)).to.equal(undefined);
  });

  it('say nothing once ours was set, nor of those who have gone', () => {
    hear([60_000, 60_000]);
    expect(clocks.gap(members.slice(2), 0)).to.equal(undefined);
    clocks.forget();
    expect(gap()).to.equal(undefined);
  });
});
