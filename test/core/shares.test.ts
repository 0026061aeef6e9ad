import { expect } from 'chai';
import { type Bound, onceCrowded } from '../../core/places.ts';
import { Shares } from '../../core/shares.ts';

const ALL = { name: 'all', max: 10 };
const of = (network: string): readonly Bound[] => [ALL, { name: network, max: 3 }];

describe('shares', () => {
  it('leave the rest of a total to others, and remember nobody who has gone', () => {
    const shares = new Shares();
    for (let i = 0; i < 3; i++) {
      expect(shares.hasRoom(of('a'))).to.equal(true);
      shares.add(of('a'), 1);
    }
    expect([shares.hasRoom(of('a')), shares.hasRoom(of('b'))]).to.deep.equal([false, true]);
    for (let i = 0; i < 7; i++) shares.add(of(`other ${i}`), 1);
    expect(shares.hasRoom(of('b')), 'the total is full').to.equal(false);
    for (let i = 0; i < 7; i++) shares.add(of(`other ${i}`), -1);
    for (let i = 0; i < 3; i++) shares.add(of('a'), -1);
    expect(shares.isEmpty).to.equal(true);
  });

  it('have room for one that takes the place of another', () => {
    const shares = new Shares();
    for (let i = 0; i < 3; i++) shares.add(of('a'), 1);
    expect(shares.hasRoom(of('a'), of('a'))).to.equal(true);
    expect(shares.hasRoom(of('a'), of('b')), 'it leaves another place').to.equal(false);
  });

  it('say how many have to leave for one who comes, also where there are more than there should be', () => {
    const shares = new Shares();
    const narrow = of('a')[1]!;
    for (let i = 0; i < 5; i++) shares.add(of('a'), 1);
    expect(shares.tooMany(narrow)).to.equal(3);
    expect(shares.tooMany(narrow, [...of('a'), ...of('a')]), 'two leave already').to.equal(1);
    expect(shares.tooMany(ALL)).to.equal(0);
    expect(shares.tooMany({ ...narrow, when: { name: 'all', least: 6 } }), 'it is not crowded').to.equal(0);
  });

  it('hold only once it is crowded, where they say so', () => {
    const shares = new Shares();
    const crowded = (network: string) => [ALL, onceCrowded(ALL, { name: network, max: 2 })];
    for (let i = 0; i < 5; i++) {
      expect(shares.hasRoom(crowded('a'))).to.equal(true);
      shares.add(crowded('a'), 1);
    }
    expect([shares.hasRoom(crowded('a')), shares.hasRoom(crowded('b'))]).to.deep.equal([false, true]);
  });

  it('ask one to leave for one who comes, where more came while nobody else wanted the room', () => {
    const shares = new Shares();
    const crowded = (network: string) => [ALL, onceCrowded(ALL, { name: network, max: 2 })];
    for (let i = 0; i < 5; i++) shares.add(crowded('a'), 1);
    expect(shares.tooMany(crowded('a')[1]!)).to.equal(1);
  });
});
