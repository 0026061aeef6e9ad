import { expect } from 'chai';
import { Rounds } from '../../../../node/content/uploads/rounds.ts';
import { ManualClock } from '../../../tracker/world.ts';

describe('a look at each of many', () => {
  let clock: ManualClock;
  let names: string[];
  let looked: string[];
  let rounds: Rounds;

  beforeEach(() => {
    clock = new ManualClock();
    names = Array.from({ length: 7 }, (_, i) => `${i}`);
    looked = [];
    rounds = new Rounds(
      clock,
      { atOnce: 3, everyMs: 100 },
      () => names,
      (name) => void looked.push(name),
    );
  });

  it('looks at some in each turn of the loop, at all in a round, and then again', () => {
    rounds.start();
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
    rounds.start();
    clock.move(0);
    names = ['new', ...names];
    clock.settle();
    expect(looked).to.deep.equal(['0', '1', '2', '3', '4', '5', '6']);
    clock.move(100);
    expect(looked.at(-3)).to.equal('new');
  });

  it('ends when it is stopped, in the middle, and begins anew', () => {
    rounds.start();
    clock.move(0);
    rounds.stop();
    clock.move(1_000);
    expect(looked).to.have.length(3);
    expect(clock.waiting).to.equal(0);
    rounds.start();
    clock.settle();
    expect(looked).to.have.length(10);
  });
});
