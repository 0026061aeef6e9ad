/** A clock that is ahead for a while, and right again. */
import { expect } from 'chai';
import { keyOf } from '../../chain/world.ts';
import { CardWorld } from './card-world.ts';

describe('cards where the clock is ahead for a while', () => {
  let world: CardWorld;
  afterEach(() => world.stop());
  const codeOf = async (name: string, from: string): Promise<string> => {
    const verdict = await world.come(name, from);
    return verdict.kind === 'accept' ? 'accept' : verdict.code;
  };

  it('keep their list and their share, and are renewed', async () => {
    world = await CardWorld.start({}, 50);
    expect([await codeOf('one', '10.0.0.1'), await codeOf('two', '10.0.1.1')]).to.deep.equal([
      'accept',
      'accept',
    ]);
    const listed = await world.room.cards.list(undefined, 10);
    expect(listed.cards).to.have.length(2);
    await world.ahead(100);
    expect(await world.room.cards.list(undefined, 10)).to.deep.equal(listed);
    expect(await codeOf('three', '10.0.2.1')).to.equal('card.open-full');
    await world.ahead(100, () => world.room.cards.lendOpen(keyOf('one'), undefined));
    await world.restart();
    expect(await world.room.cards.list(undefined, 10)).to.deep.equal(listed);
    expect(await codeOf('four', '10.0.3.1')).to.equal('card.open-full');
    expect(world.room.figures()).to.include({ lent: 2, openToday: 2 });
    await world.pass(45);
    await world.read('one');
    await world.pass(50);
    expect(world.until('one')).not.to.equal(undefined);
  }).timeout(60_000);

  it('are doubled by no share that looks free meanwhile', async () => {
    world = await CardWorld.start({}, 50);
    for (const name of ['three', 'four']) await world.commit([world.chain.world.register(name)]);
    expect([await codeOf('one', '10.0.0.1'), await codeOf('two', '10.0.1.1')]).to.deep.equal([
      'accept',
      'accept',
    ]);
    await world.ahead(70, async () => {
      expect(await world.room.cards.lendOpen(keyOf('three'), undefined)).to.include({
        code: 'card.open-full',
      });
    });
  });

  it('card.network-had: give a network no second one on a day, ahead of it or back in it', async () => {
    world = await CardWorld.start();
    await world.commit([world.chain.world.register('two')]);
    expect(await codeOf('one', '10.0.0.1')).to.equal('accept');
    await world.ahead(1);
    expect(await codeOf('two', '10.0.0.2')).to.equal('card.network-had');
    await world.ahead(1, async () => {
      expect(await codeOf('two', '10.0.0.2')).to.equal('card.network-had');
    });
    await world.pass(1);
    expect(await codeOf('two', '10.0.0.2')).to.equal('accept');
  });

  it('keep the place of one that was killed on its way', async () => {
    world = await CardWorld.start({}, 25);
    world.before = () => world.kill();
    void world.come('first', '10.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    world.before = () => {};
    await world.open();
    await world.ahead(1);
    expect(await codeOf('second', '10.0.1.1')).to.equal('card.open-full');
    expect(await codeOf('first', '10.0.0.1')).to.equal('accept');
  });
});
