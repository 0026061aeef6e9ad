/** Cards: what a member lends, to whom, for how long and how much of it. The rules are docs/ledger.md, "card". */
import { expect } from 'chai';
import { CEILING_DAYS_MAX, PERIODS_AHEAD_MAX } from '../../../chain/accounts/card.ts';
import { account, card, lentBy, supply } from '../../../chain/queries.ts';
import { genesisOf, hashOf, keyOf, World } from '../world.ts';

const DAY = 86_400_000;
const PERIOD = 30 * DAY;
function worldOf(parameters: Parameters<typeof genesisOf>[0] = {}): World {
  const world = new World(genesisOf({ cardBytesPerNodePerDay: 1_000, cardStartDays: 10, ...parameters }));
  world.run([world.register('ben'), world.register('cleo')]);
  return world;
}
const creditOf = (world: World, name = 'ben', at = world.time) =>
  card(world.state.view, keyOf(name), at)?.credit;
const lentOf = (world: World, node = 'ann') => lentBy(world.state.view, keyOf(node), world.time);

describe('a library card', () => {
  it('is lent to a registered key by a member: member.unknown, reader.unknown', () => {
    const world = worldOf();
    expect(world.code(world.card('ben', 5n, { sponsor: keyOf('reader') }))).to.equal('member.unknown');
    expect(world.code(world.card('nobody', 5n))).to.equal('reader.unknown');
    const { events } = world.run([world.card('ben', 5n)]);
    const terms = { allowance: 5n, ceiling: 50n, until: world.period };
    expect(events).to.deep.equal([
      { kind: 'card-changed', key: keyOf('ben'), sponsor: keyOf('ann'), ...terms },
    ]);
    expect(card(world.state.view, keyOf('ben'), world.time)).to.deep.equal({
      ...terms,
      sponsor: keyOf('ann'),
      credit: 50n,
    });
  });

  it('card.wrong-terms: a ceiling of 1 to 90 days, an end in this period or the two after it', () => {
    const world = worldOf();
    const { period } = world;
    const code = (allowance: bigint, ceiling: bigint, until = period) =>
      world.code(world.card('ben', allowance, { ceiling, until }));
    expect(code(5n, 5n)).to.equal('accept');
    expect(code(5n, 4n)).to.equal('card.wrong-terms');
    expect(code(5n, 5n * CEILING_DAYS_MAX)).to.equal('accept');
    expect(code(5n, 5n * CEILING_DAYS_MAX + 1n)).to.equal('card.wrong-terms');
    expect(code(5n, 5n, period - 1)).to.equal('card.wrong-terms');
    expect(code(5n, 5n, period + PERIODS_AHEAD_MAX)).to.equal('accept');
    expect(code(5n, 5n, period + PERIODS_AHEAD_MAX + 1)).to.equal('card.wrong-terms');
    expect(code(0n, 1n)).to.equal('card.wrong-terms');
  });

  it('card.of-another: in force, it is changed by its sponsor only; over, or of a member that has left, by anybody', () => {
    const world = worldOf();
    const ofDan = { sponsor: keyOf('dan') };
    world.run([world.card('ben', 5n, ofDan), world.card('cleo', 5n, { ...ofDan, until: world.period + 2 })]);
    const others = (name: string, more = {}) => world.card(name, 7n, { sponsor: keyOf('bob'), ...more });
    const equal = { allowance: 5n, ceiling: 50n };
    expect(world.code(others('ben', equal))).to.equal('card.of-another');
    expect(world.code(others('ben', { allowance: 0n, ceiling: 0n }))).to.equal('card.of-another');
    world.run([world.register('later')], PERIOD);
    expect(world.code(others('ben', equal))).to.equal('accept');
    expect(world.code(others('cleo', equal))).to.equal('card.of-another');
    world.decide({ kind: 'remove-member', key: keyOf('dan') });
    expect(creditOf(world, 'cleo'), 'nobody stands for it').to.equal(undefined);
    expect(world.code(others('cleo'))).to.equal('accept');
  });

  it('goes to another library that gives more and cuts nothing, with its credit: nobody keeps a reader by one byte', () => {
    const world = worldOf({ cardStartDays: 1 });
    const until = world.period + 1;
    world.run([world.card('ben', 10n, { ceiling: 50n, until })]);
    const others = (allowance: bigint, ceiling: bigint, to = until) =>
      world.card('ben', allowance, { ceiling, until: to, sponsor: keyOf('bob') });
    for (const [allowance, ceiling, to] of [
      [10n, 500n, until],
      [11n, 49n, until],
      [11n, 50n, until - 1],
    ] as const) {
      expect(world.code(others(allowance, ceiling, to)), `${allowance} ${ceiling}`).to.equal(
        'card.of-another',
      );
    }
    world.run([others(11n, 50n)]);
    expect(creditOf(world), 'no new start').to.equal(10n);
    expect([lentOf(world), lentOf(world, 'bob')], 'what was promised counts').to.deep.equal([
      [[until, 10n]],
      [[until, 11n]],
    ]);
    expect(world.code(world.card('ben', 0n)), 'it is no more of ann').to.equal('card.of-another');
  });

  it('card.none: is taken back by its sponsor, or by anybody when it is over', () => {
    const world = worldOf();
    expect(world.code(world.card('ben', 0n))).to.equal('card.none');
    world.run([world.card('ben', 5n)]);
    world.run([world.card('ben', 0n)]);
    expect(creditOf(world)).to.equal(undefined);
    expect(world.code(world.card('ben', 0n))).to.equal('card.none');
    world.run([world.card('ben', 5n)]);
    const byBob = () => world.card('ben', 0n, { sponsor: keyOf('bob') });
    expect(world.code(byBob())).to.equal('card.of-another');
    world.run([world.register('later')], PERIOD);
    world.run([byBob()]);
    expect(world.code(world.card('ben', 0n)), 'nothing of it is left').to.equal('card.none');
  });

  it('card.node-cap: all allowances of a member together, for as long as they were promised', () => {
    const world = worldOf();
    const { period } = world;
    world.run([world.card('ben', 600n, { until: period + 1 })]);
    expect(world.code(world.card('cleo', 401n))).to.equal('card.node-cap');
    expect(world.code(world.card('cleo', 401n, { sponsor: keyOf('bob') })), 'of another').to.equal('accept');
    world.run([world.card('cleo', 400n)]);
    expect(lentOf(world)).to.deep.equal([
      [period, 400n],
      [period + 1, 600n],
    ]);
  });

  it('frees nothing by lowering or taking back before the old end, and all of it then', () => {
    const world = worldOf();
    const { period } = world;
    world.run([world.card('ben', 600n, { until: period + 1 })]);
    world.run([world.card('ben', 100n, { until: period + 2 })]);
    expect(lentOf(world)).to.deep.equal([
      [period + 1, 500n],
      [period + 2, 100n],
    ]);
    world.run([world.card('ben', 0n)]);
    expect(world.code(world.card('cleo', 401n))).to.equal('card.node-cap');
    world.run([world.register('later')], 2 * PERIOD);
    expect(lentOf(world)).to.deep.equal([[period + 2, 100n]]);
    expect(world.code(world.card('cleo', 900n))).to.equal('accept');
    expect(world.code(world.card('cleo', 901n))).to.equal('card.node-cap');
  });

  it('moves what it goes on with when it is renewed: the sum stays, a raise adds the difference', () => {
    const world = worldOf();
    const { period } = world;
    world.run([world.card('ben', 1_000n)]);
    world.run([world.card('ben', 1_000n, { until: period + 2 })]);
    expect(lentOf(world)).to.deep.equal([[period + 2, 1_000n]]);
    world.run([world.card('ben', 1_000n, { until: period + 1 })]);
    expect(lentOf(world)).to.deep.equal([[period + 1, 1_000n]]);
    expect(world.code(world.card('ben', 1_001n))).to.equal('card.node-cap');
  });

  it('gathers its allowance each day up to its ceiling, and keeps what it has when it is renewed', () => {
    const world = worldOf({ cardStartDays: 2 });
    const until = world.period + 2;
    world.run([world.card('ben', 10n, { ceiling: 45n, until })]);
    const start = Math.floor(world.time / DAY) * DAY;
    const days = [0, 1, 2, 3, 40].map((day) => creditOf(world, 'ben', start + day * DAY));
    expect(days).to.deep.equal([20n, 30n, 40n, 45n, 45n]);
    expect(creditOf(world, 'ben', start + DAY - 1)).to.equal(20n);
    world.run([world.register('later')], DAY);
    world.run([world.card('ben', 20n, { ceiling: 100n, until })]);
    expect(creditOf(world), 'no new start').to.equal(30n);
    world.run([world.card('ben', 20n, { ceiling: 25n, until })]);
    expect(creditOf(world), 'the new ceiling').to.equal(25n);
  });

  it('is over with the last day of its last period, and begins anew after it', () => {
    const world = worldOf({ cardStartDays: 0 });
    world.run([world.card('ben', 10n)]);
    const end = (world.period + 1) * PERIOD;
    expect(creditOf(world, 'ben', end - 1)).to.be.a('bigint');
    expect(creditOf(world, 'ben', end)).to.equal(undefined);
    world.run([world.register('later')], end - world.time);
    world.run([world.card('ben', 10n)]);
    expect(creditOf(world)).to.equal(0n);
  });

  it('is none where the federation lends none, also those that were lent', () => {
    const world = worldOf();
    world.run([world.card('ben', 10n)]);
    const { parameters } = world.genesis;
    world.decide({ kind: 'set-parameters', parameters: { ...parameters, cardBytesPerNodePerDay: 0 } });
    expect(creditOf(world)).to.equal(undefined);
    expect(world.code(world.card('cleo', 1n))).to.equal('card.node-cap');
    expect(world.code(world.card('ben', 0n)), 'taken back all the same').to.equal('accept');
  });
});

describe('a download on a card', () => {
  function reading({ sponsor = 'ann' } = {}): World {
    const world = worldOf();
    world.publish('f', 80n);
    world.run([world.card('ben', 10n, { sponsor: keyOf(sponsor) })]);
    return world;
  }

  it('pays with the card first, then with tokens: download.not-enough-tokens: one short is short', () => {
    const world = reading();
    world.publish('g', 60n);
    world.run([world.buy('ben', 39n, 'payment')]);
    const { events } = world.run([world.download('f', 'ben')]);
    expect(events).to.deep.equal([
      { kind: 'purchased', hash: hashOf('f'), key: keyOf('ben'), size: 80n, card: 80n },
    ]);
    expect(account(world.state.view, keyOf('ben'))).to.include({ tokens: 39n, downloaded: 80n });
    expect(creditOf(world)).to.equal(20n);
    expect(supply(world.state.view)).to.include({ burned: 0n, onCard: 80n });
    expect(world.code(world.download('g', 'ben'))).to.equal('download.not-enough-tokens');
    world.run([world.buy('ben', 1n, 'more')]);
    world.run([world.download('g', 'ben')]);
    expect(account(world.state.view, keyOf('ben'))).to.include({ tokens: 0n, downloaded: 140n });
    expect(creditOf(world)).to.equal(0n);
    expect(supply(world.state.view)).to.include({ burned: 40n, onCard: 100n });
  });

  it('takes nothing from a card that is over, or of a member that has left', () => {
    const world = reading();
    world.run([world.register('later')], PERIOD);
    expect(world.code(world.download('f', 'ben'))).to.equal('download.not-enough-tokens');
    const other = reading({ sponsor: 'dan' });
    expect(other.code(other.download('f', 'ben'))).to.equal('accept');
    other.decide({ kind: 'remove-member', key: keyOf('dan') });
    expect(other.code(other.download('f', 'ben'))).to.equal('download.not-enough-tokens');
  });

  it('can neither be moved nor sold: tokens are asked for, where tokens are', () => {
    const world = reading();
    expect(world.code(world.transfer('cleo', 1n, 'ben'))).to.equal('transfer.not-enough-tokens');
    expect(world.code(world.sell(1n, 'ben'))).to.equal('transfer.not-enough-tokens');
  });
});
