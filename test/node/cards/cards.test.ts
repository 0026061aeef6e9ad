import { expect } from 'chai';
import { parameters } from '../../../chain/queries.ts';
import { encodeChecked } from '../../../chain/transaction/signing.ts';
import { parseAddress } from '../../../core/address.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import { keyOf } from '../../chain/world.ts';
import { type CardOptions, CardWorld, DAY_MS } from './card-world.ts';

describe('cards of one who comes', () => {
  let world: CardWorld;
  afterEach(() => world.stop());
  const codeOf = async (name: string, from: string): Promise<string> => {
    const verdict = await world.come(name, from);
    return verdict.kind === 'accept' ? 'accept' : verdict.code;
  };

  it('card.network-had: fifty keys a day of one /24 have one, also over restarts', async () => {
    world = await CardWorld.start();
    for (let day = 0; day < 3; day++) {
      const codes: string[] = [];
      for (let i = 0; i < 50; i++) {
        codes.push(await codeOf(`reader ${day} ${i}`, `192.0.2.${i}`));
        if (i % 10 === 5) await world.restart();
      }
      expect(codes.filter((code) => code === 'accept')).to.have.length(1);
      expect(new Set(codes)).to.deep.equal(new Set(['accept', 'card.network-had']));
      expect(world.room.figures().openToday).to.equal(1);
      await world.pass(1);
    }
    expect(world.room.figures().lent).to.equal(3);
  }).timeout(60_000);

  it('card.open-full: of a thousand networks they have a fifth of the cap, also over restarts, and the desk has the rest', async () => {
    world = await CardWorld.start({}, 5_000);
    const names = Array.from({ length: 1_000 }, (_, index) => `reader ${index}`);
    for (let from = 0; from < 1_000; from += 100) {
      await world.commit(names.slice(from, from + 100).map((name) => world.chain.world.register(name)));
    }
    // Of 5,000 a fifth, by cards of 5 each.
    const codes: string[] = [];
    for (const [index, name] of names.entries()) {
      if (index % 100 === 50) await world.restart();
      const from = parseAddress(`10.${index >> 8}.${index & 255}.1`);
      const verdict = await world.room.cards.lendOpen(keyOf(name), from);
      codes.push(verdict.kind === 'accept' ? 'accept' : verdict.code);
    }
    expect(codes.slice(0, 200)).to.deep.equal(Array(200).fill('accept'));
    expect(codes.slice(200)).to.deep.equal(Array(800).fill('card.open-full'));
    expect(world.room.figures()).to.include({ lent: 200, openToday: 200, share: 0.2 });
    const refused = await world.room.cards.lendOpen(keyOf('reader 300'), undefined);
    const room = (world.chain.world.period + 3) * 30 * DAY_MS;
    expect(refused).to.deep.include({ code: 'card.open-full', facts: { room_at: room } });
    expect((await world.room.cards.lend(keyOf('reader 300'))).kind).to.equal('accept');
  }).timeout(120_000);

  it('counts what was reserved when the process was killed before its card was sent, until it cannot come any more', async () => {
    world = await CardWorld.start({}, 25);
    world.before = () => world.kill();
    void world.come('first', '10.0.0.1');
    await world.pass(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    world.before = () => {};
    await world.open();
    expect(await codeOf('second', '10.0.1.1')).to.equal('card.open-full');
    world.clock.pass(limits.memberWordLifeMs + 2 * limits.cardTickMs);
    await world.pass(1);
    expect(await codeOf('second', '10.0.1.1')).to.equal('accept');
    expect(world.until('first')).to.equal(undefined);
  });

  it('knows one that was sent when the process was killed behind that', async () => {
    world = await CardWorld.start({}, 25);
    world.behind = () => world.kill();
    void world.come('first', '10.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    world.behind = () => {};
    await world.open();
    expect(world.until('first')).not.to.equal(undefined);
    expect(world.room.figures()).to.include({ lent: 1, openToday: 1 });
    expect(await codeOf('second', '10.0.1.1')).to.equal('card.open-full');
    expect(await codeOf('first', '10.0.1.1'), 'the one that it has').to.equal('accept');
  });

  it('goes on with its place after each kill, from its network or another, and one only', async () => {
    world = await CardWorld.start({}, 50);
    world.before = () => world.kill();
    void world.come('first', '10.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const from of ['10.0.0.1', '10.0.1.1']) {
      await world.open();
      void world.come('first', from);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    world.before = () => {};
    await world.open();
    expect(world.until('first')).to.equal(undefined);
    expect(await codeOf('neighbour', '10.0.0.9'), 'its network has had one').to.equal('card.network-had');
    expect(await codeOf('another', '10.0.1.9'), 'this one has not').to.equal('accept');
    expect(world.room.figures().openToday).to.equal(2);
    const three = await Promise.all([1, 2, 3].map(() => world.come('first', '10.0.0.1')));
    expect(three.map(({ kind }) => kind)).to.deep.equal(['accept', 'accept', 'accept']);
    expect(world.sent).to.equal(2);
    expect(world.room.figures()).to.include({ lent: 2, openToday: 2 });
    expect(await codeOf('third', '10.0.2.1')).to.equal('card.open-full');
  });

  it('keeps its place where the ledger refuses what it sends again: what was sent before may still come', async () => {
    world = await CardWorld.start({}, 25);
    world.before = () => world.kill();
    void world.come('first', '10.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    world.before = () => {};
    await world.open();
    const { world: chain } = world.chain;
    await world.commit([chain.register('ben')]);
    const until = chain.period + 2;
    await world.commit([chain.card('ben', 22n, { ceiling: 22n, until, sponsor: keyOf('ann') })]);
    expect(await codeOf('first', '10.0.0.1')).to.equal('card.node-cap');
    expect(await codeOf('second', '10.0.1.1')).to.equal('card.open-full');
  });

  it('gives the place back when the ledger refuses', async () => {
    world = await CardWorld.start({}, 25);
    const verdict = await world.room.cards.lendOpen(keyOf('nobody'), undefined);
    expect(verdict).to.include({ kind: 'reject', code: 'reader.unknown' });
    expect(world.room.figures().openToday).to.equal(0);
    expect(await codeOf('second', '10.0.1.1')).to.equal('accept');
  });

  it('card.of-another: another library has lent', async () => {
    world = await CardWorld.start();
    const { world: chain } = world.chain;
    await world.commit([chain.register('ben')]);
    const until = chain.period + 2;
    await world.commit([chain.card('ben', 50n, { ceiling: 4_500n, until, sponsor: keyOf('bob') })]);
    const verdicts = [
      await world.room.cards.lendOpen(keyOf('ben'), undefined),
      await world.room.cards.lend(keyOf('ben')),
    ];
    for (const verdict of verdicts) expect(verdict).to.include({ code: 'card.of-another' });
  });

  it('card.node-cap: says when there is room again', async () => {
    world = await CardWorld.start({ cards: 'desk' }, 30);
    const { world: chain } = world.chain;
    await world.commit([chain.register('ben'), chain.register('cem')]);
    expect((await world.room.cards.lend(keyOf('ben'))).kind).to.equal('accept');
    const period = chain.period;
    expect(await world.room.cards.lend(keyOf('cem'))).to.deep.include({
      code: 'card.node-cap',
      facts: { room_at: (period + 3) * 30 * DAY_MS },
    });
  });

  it('card.closed: what a librarian has taken back does not come again by itself', async () => {
    world = await CardWorld.start();
    expect(await codeOf('ben', '10.0.0.1')).to.equal('accept');
    expect((await world.room.cards.withdraw(keyOf('ben'))).kind).to.equal('accept');
    await world.pass(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await world.room.cards.lendOpen(keyOf('ben'), undefined)).to.include({ code: 'card.closed' });
    expect(await world.room.cards.withdraw(keyOf('ben'))).to.include({ code: 'card.none' });
    expect((await world.room.cards.lend(keyOf('ben'))).kind).to.equal('accept');
  });

  it('card.closed: what was taken back does not come again before the end that was promised, also over restarts', async () => {
    world = await CardWorld.start();
    expect(await codeOf('ben', '10.0.0.1')).to.equal('accept');
    const end = (world.until('ben')! + 1) * 30 * DAY_MS;
    expect((await world.room.cards.withdraw(keyOf('ben'))).kind).to.equal('accept');
    for (; world.clock.now() < end; await world.pass(5)) {
      await world.restart();
      expect(await world.room.cards.lendOpen(keyOf('ben'), undefined)).to.include({ code: 'card.closed' });
    }
    await world.pass(1);
    expect(await codeOf('ben', '10.0.0.1')).to.equal('accept');
  }).timeout(60_000);

  it('card.codes-full: no more invitations than are kept', async () => {
    world = await CardWorld.start({ cards: 'desk' });
    expect(await world.room.cards.invite(10, 1)).to.include({ kind: 'accept' });
    expect(await world.room.cards.invite(11, 1)).to.include({ code: 'card.codes-full' });
  });

  it('work as off where the federation lends none, with a warning to who asked for them', async () => {
    world = await CardWorld.start({ cards: 'open' }, 0);
    expect(world.warnings).to.have.length(1);
    expect(world.room.cards.openTerms()).to.equal(undefined);
    expect(await codeOf('ben', '10.0.0.1')).to.equal('card.closed');
    expect(await world.room.cards.lend(keyOf('ben'))).to.include({ code: 'card.closed' });
    expect(await world.room.cards.invite(1, 1)).to.include({ code: 'card.closed' });
    await world.stop();
    world = await CardWorld.start({ cards: undefined }, 0);
    expect(world.warnings).to.deep.equal([]);
  });

  it('start again after a vote that ends open cards, with a warning, and lend none to whoever comes', async () => {
    world = await CardWorld.start();
    expect(world.warnings).to.deep.equal([]);
    const now = parameters(world.chain.ledger.head().view);
    const sold = { ...now, vestingPermille: 1_000, cardReleasePermille: 0 };
    const proposal = world.chain.world.propose({ kind: 'set-parameters', parameters: sold });
    const { id } = encodeChecked(proposal);
    await world.commit([proposal, ...['bob', 'cid'].map((name) => world.chain.world.approve(id, name))]);
    await world.restart();
    expect(world.warnings.join()).to.match(/^--cards open lends none/);
    expect(world.room.cards.openTerms()).to.equal(undefined);
    expect(await codeOf('ben', '10.0.0.1')).to.equal('card.closed');
    expect((await world.room.cards.lend(keyOf('ben'))).kind, 'at the desk').to.equal('accept');
  });

  it('offer nothing that can never be lent, and name the setting', async () => {
    const vain: [CardOptions, number, RegExp][] = [
      [{ cardAllowance: 101, cardCeiling: 200 }, 100, /^--card-allowance is more/],
      [{ cardAllowance: 3, cardCeiling: 3 }, 20_000, /^--card-allowance is too small/],
      [{ cardOpenPercent: 0 }, 20_000, /^--card-open-percent/],
      [{ cardOpenPercent: 20 }, 24, /^--card-open-percent/],
    ];
    for (const [options, cap, why] of vain) {
      world = await CardWorld.start(options, cap);
      expect(world.warnings, String(why)).to.have.length(1);
      expect(world.warnings[0]).to.match(why);
      expect(world.room.cards.openTerms(), String(why)).to.equal(undefined);
      expect(await codeOf('ben', '10.0.0.1')).to.equal('card.closed');
      await world.stop();
    }
    world = await CardWorld.start({}, 25);
    expect(world.warnings).to.deep.equal([]);
    expect(world.room.cards.openTerms()).not.to.equal(undefined);
  });

  it('config.invalid: no terms that the ledger does not take, unless nothing is lent with them', async () => {
    world = await CardWorld.start({ cards: 'off', cardCeiling: 10 });
    const wrong = async (options: CardOptions) => CardWorld.start(options).catch((error) => error);
    expect(await wrong({ cardCeiling: 10 }))
      .to.be.instanceOf(Fault)
      .and.include({ code: 'config.invalid' });
    expect(await wrong({ cardCeiling: 20 * 90 + 1 })).to.be.instanceOf(Fault);
  });
});
