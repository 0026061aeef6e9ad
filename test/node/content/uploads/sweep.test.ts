import { expect } from 'chai';
import { Sweep } from '../../../../node/content/uploads/sweep.ts';
import { ManualClock } from '../../../tracker/world.ts';

describe('a look at each of many', () => {
  let clock: ManualClock;
  let names: string[];
  let looked: string[];
  let sweep: Sweep;

  beforeEach(() => {
    clock = new ManualClock();
    names = Array.from({ length: 7 }, (_, i) => `${i}`);
    looked = [];
    sweep = new Sweep(
      clock,
      { atOnce: 3, everyMs: 100 },
      () => names,
      (name) => void looked.push(name),
    );
  });

  it('looks at some in each turn of the loop, at all in a round, and then again', () => {
    sweep.start();
    const turns: number[] = [];
    for (let i = 0; i < 4; i++) {
      clock.move(0);
      turns.push(looked.length);
    }
    expect(turns).to.deep.equal([3, 6, 7, 7]);
    clock.move(100);
    expect(looked).to.have.length(10);
  });

  it('comes to the end of a round, whoever comes meanwhile', () => {
    sweep.start();
    clock.move(0);
    names = ['new', ...names];
    clock.settle();
    expect(looked).to.deep.equal(['0', '1', '2', '3', '4', '5', '6']);
    clock.move(100);
    expect(looked.at(-3)).to.equal('new');
  });

  it('ends when it is stopped, in the middle, and begins anew', () => {
    sweep.start();
    clock.move(0);
    sweep.stop();
    clock.move(1_000);
    expect(looked).to.have.length(3);
    expect(clock.waiting).to.equal(0);
    sweep.start();
    clock.settle();
    expect(looked).to.have.length(10);
  });
});
