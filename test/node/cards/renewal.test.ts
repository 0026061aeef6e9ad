/** Which cards go on, over two hundred days, whatever happens to the process and to its list. */
import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { keyOf } from '../../chain/world.ts';
import { CardWorld } from './card-world.ts';

describe('the renewal of cards', () => {
  let world: CardWorld;
  afterEach(() => world.stop());

  async function lend(...names: readonly string[]): Promise<void> {
    await world.commit(names.map((name) => world.chain.world.register(name)));
    for (const name of names) expect((await world.room.cards.lend(keyOf(name))).kind).to.equal('accept');
    await world.pass(0);
  }

  it('goes on for those who use theirs, and for nobody else, over 200 days', async () => {
    world = await CardWorld.start({ cards: 'desk' });
    await lend('often', 'seldom', 'once', 'never', 'withdrawn');
    for (let day = 0; day < 200; day += 10) {
      await world.read(...(day % 50 === 0 ? ['often', 'seldom'] : ['often']));
      if (day === 20) await world.read('once', 'withdrawn');
      if (day === 80) await world.room.cards.withdraw(keyOf('withdrawn'));
      await world.pass(10);
      const has = (name: string) => world.until(name) !== undefined;
      expect([has('often'), has('seldom')], `day ${day}`).to.deep.equal([true, true]);
      if (day >= 90) expect(has('never')).to.equal(false);
      if (day >= 90) expect(has('withdrawn')).to.equal(false);
      if (day >= 170) expect(has('once')).to.equal(false);
    }
    // Two that go on by two periods each time, the one that was used once and not since, and the loan and the end of all.
    expect(world.sent).to.be.within(6 + 2 * 2, 6 + 2 * 5 + 2);
    expect((await world.room.cards.list(undefined, 10)).cards.map(({ key }) => key)).to.have.length(2);
  }).timeout(120_000);

  it('is spread over the days of the last period, and bounded at a time', async () => {
    world = await CardWorld.start({ cards: 'desk' });
    const names = Array.from({ length: 60 }, (_, index) => `reader ${index}`);
    await lend(...names);
    await world.pass(40);
    await world.read(...names);
    const before = world.sent;
    const byDay: number[] = [];
    for (let day = 0; day < 60; day++) {
      const sent = world.sent;
      await world.pass(1);
      byDay.push(world.sent - sent);
    }
    expect(world.sent - before).to.equal(60);
    expect(Math.max(...byDay)).to.be.at.most(15);
    expect(byDay.filter((count) => count > 0).length).to.be.above(15);
  }).timeout(120_000);

  it('catches up after days in which the library was down, some at a time', async () => {
    world = await CardWorld.start({ cards: 'desk' }, 1_000_000);
    const names = Array.from({ length: limits.cardRenewalsPerTickMax + 20 }, (_, index) => `reader ${index}`);
    await lend(...names);
    await world.pass(45);
    await world.read(...names);
    world.kill();
    const until = world.until('reader 0')!;
    // To the last day of the period.
    world.clock.pass(((until + 1) * 30 - 1) * 86_400_000 - world.clock.now());
    await world.open();
    const before = world.sent;
    const toTick = async () => {
      world.clock.pass(limits.cardTickMs);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    };
    await toTick();
    expect(world.sent - before).to.equal(limits.cardRenewalsPerTickMax);
    await toTick();
    expect(world.sent - before).to.equal(names.length);
    for (const name of names) expect(world.until(name)).to.equal(until + 2);
  }).timeout(120_000);

  it('survives kills before and behind each thing that it sends', async () => {
    world = await CardWorld.start({ cards: 'desk' });
    const names = Array.from({ length: 12 }, (_, index) => `reader ${index}`);
    await lend(...names);
    await world.pass(40);
    await world.read(...names);
    let kills = 0;
    const killEvery = (count: number) => () => {
      if (++kills % count === 0) world.kill();
    };
    world.before = killEvery(3);
    world.behind = killEvery(4);
    for (let day = 0; day < 55; day++) {
      await world.pass(1);
      await world.restart();
    }
    world.before = world.behind = () => {};
    expect(kills).to.be.above(8);
    for (const name of names) expect(world.until(name), name).not.to.equal(undefined);
  }).timeout(120_000);

  it('comes back where its list is lost, from what blocks did', async () => {
    world = await CardWorld.start({ cards: 'open' });
    await lend('used', 'unused');
    expect((await world.come('open', '10.0.0.1')).kind).to.equal('accept');
    await world.pass(45);
    await world.read('used', 'open');
    await world.room.cards.withdraw(keyOf('unused'));
    const before = (await world.room.cards.list(undefined, 10)).cards;
    expect(before.map(({ open }) => open).sort()).to.deep.equal([false, true]);
    world.kill();
    await world.loseList();
    await world.open();
    expect((await world.room.cards.list(undefined, 10)).cards).to.deep.equal(before);
    expect(world.room.figures().lent).to.equal(2);
    await world.pass(50);
    expect([world.until('used'), world.until('open')]).not.to.include(undefined);
  }).timeout(120_000);

  it('does not happen where cards are off: what was lent runs out', async () => {
    world = await CardWorld.start({ cards: 'desk' });
    await lend('used');
    await world.pass(45);
    await world.read('used');
    world.kill();
    await world.open({ cards: 'off' });
    await world.pass(50);
    expect(world.until('used')).to.equal(undefined);
  }).timeout(120_000);
});
