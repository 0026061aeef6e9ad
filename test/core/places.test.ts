import { expect } from 'chai';
import { type Holder, onceCrowded, Places } from '../../core/places.ts';

const keeping = (): Holder => ({ slack: () => undefined, lost: () => expect.fail('it keeps its place') });

/** Who may be asked to leave. */
function idle(slack: number) {
  const holder = { slack: () => slack, gone: 0, lost: () => void holder.gone++ };
  return holder;
}

describe('places', () => {
  const all = { name: 'all', max: 3 };
  const one = { name: 'one', max: 2 };
  const other = { name: 'other', max: 2 };

  it('count towards each of their bounds, and are given back once', () => {
    const places = new Places();
    const first = places.take([all, one], keeping())!;
    places.take([all, one], keeping());
    expect(places.take([all, one], keeping()), 'one is full').to.equal(undefined);
    places.take([all, other], keeping());
    expect(places.take([all, other], keeping()), 'all is full').to.equal(undefined);
    first.leave();
    first.leave();
    expect([places.count('all'), places.count('one'), places.count('other')]).to.deep.equal([2, 1, 1]);
  });

  it('go to one who waits, from whoever under the full bound makes the least of its own', () => {
    const places = new Places();
    const [little, nothing] = [idle(1), idle(2)];
    places.take([all, one], little);
    places.take([all, one], nothing);
    expect(places.take([all, one], keeping())).not.to.equal(undefined);
    expect([little.gone, nothing.gone]).to.deep.equal([0, 1]);
    expect(places.count('all')).to.equal(2);
  });

  it('are taken from whoever makes the least of them, too, by one who has moved on from other bounds', () => {
    const places = new Places();
    const [little, nothing] = [idle(1), idle(2)];
    places.take([one], little);
    places.take([one], nothing);
    const mover = places.take([other], keeping())!;
    expect(mover.move([one])).to.equal(true);
    expect([little.gone, nothing.gone]).to.deep.equal([0, 1]);
    expect([places.count('one'), places.count('other')]).to.deep.equal([2, 0]);
  });

  it('are not taken from others when the bound that is full is one’s own', () => {
    const places = new Places();
    const stranger = idle(5);
    places.take([all, other], stranger);
    places.take([all, one], keeping());
    places.take([all, one], keeping());
    expect(places.take([all, one], keeping())).to.equal(undefined);
    expect(stranger.gone).to.equal(0);
  });

  it('cost one holder a place where one who leaves makes room under all bounds that are full', () => {
    const places = new Places();
    const own = [idle(1), idle(1)];
    const far = idle(9);
    for (const holder of own) places.take([all, one], holder);
    places.take([all, other], far);
    expect(places.take([all, one], keeping())).not.to.equal(undefined);
    expect(own.map(({ gone }) => gone)).to.deep.equal([1, 0]);
    expect(far.gone).to.equal(0);
  });

  it('can count towards other bounds from now on, unless these are full', () => {
    const places = new Places();
    const key = { name: 'key', max: 1 };
    const place = places.take([all, one], keeping())!;
    expect(place.move([key])).to.equal(true);
    expect([places.count('all'), places.count('one'), places.count('key')]).to.deep.equal([0, 0, 1]);
    const late = places.take([all, one], keeping())!;
    expect(late.move([key])).to.equal(false);
    expect([places.count('all'), places.count('key')]).to.deep.equal([1, 1]);
    late.leave();
    expect(late.move([other]), 'who has left has nothing to move').to.equal(false);
  });

  it('are one network’s as long as nobody else wants them: half of all, and then no more than its share', () => {
    const places = new Places();
    const total = { name: 'all', max: 8 };
    const of = (network: string) => [total, onceCrowded(total, { name: network, max: 1 })];
    for (let i = 0; i < 4; i++) expect(places.take(of('a'), keeping())).not.to.equal(undefined);
    expect(places.take(of('a'), keeping()), 'half is taken').to.equal(undefined);
    for (const other of ['b', 'c', 'd']) {
      expect(places.take(of(other), keeping())).not.to.equal(undefined);
      expect(places.take(of(other), keeping())).to.equal(undefined);
    }
    expect(places.take(of('e'), keeping()), 'one place is left, whoever has the others').not.to.equal(
      undefined,
    );
  });
});
