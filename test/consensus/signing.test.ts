/** What is signed, and what never (SPEC.md, S1 … S7). */
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeRecord } from '../../consensus/journal-record.ts';
import { faultyMax, quorum } from '../../consensus/quorum.ts';
import { finalize, notarize, nullify } from '../../consensus/signer.ts';
import { limits } from '../../core/limits.ts';
import { child, Driver } from './driver.ts';

const block = child();

describe('the signer', () => {
  it('S1: an observer follows and announces, and never signs, asks, votes or says a word', () => {
    const driver = new Driver(4, { self: undefined });
    driver.work(true);
    driver.hear(driver.proposal(1, block), 1);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.finalization(1, block));
    expect(driver.of('finalise')).to.have.length(1);
    expect(driver.status).to.include({ view: 2, finalisedView: 1, idle: true });
    const kinds = new Set(driver.all.map((effect) => effect.kind));
    expect([...kinds].sort()).to.deep.equal(['finalise', 'persist']);
  });

  it('S2: one Notarize a view, for the first proposal only', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    expect(driver.said('notarize')).to.have.length(1);
    const second = child(undefined, 'second');
    driver.hear(driver.proposal(1, second));
    expect(driver.of('validate')).to.deep.equal([]);
    expect(driver.said('notarize', driver.all)).to.have.length(1);
  });

  it('S2: no Notarize after our own Nullify of the view, nor for a view that has passed', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    driver.fire('advance');
    driver.verdict(block);
    expect(driver.said('notarize', driver.all)).to.deep.equal([]);
    const late = new Driver(4);
    late.hear(late.proposal(1, block));
    late.hear(late.nullification(1));
    late.verdict(block);
    expect(late.said('notarize', late.all)).to.deep.equal([]);
  });

  it('S3: after Nullify never Finalize of the view', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.fire('advance');
    expect(driver.said('nullify')).to.have.length(1);
    driver.hear(driver.notarization(1, block));
    expect(driver.view).to.equal(2);
    expect(driver.said('finalize', driver.all)).to.deep.equal([]);
  });

  it('S3: after Finalize never Nullify of the view, whatever comes', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.notarization(1, block));
    expect(driver.said('finalize')).to.have.length(1);
    for (const signer of [1, 2, 3]) driver.hear(driver.nullify(signer, 1));
    expect(driver.said('nullify', driver.all)).to.deep.equal([]);
  });

  it('S2, S3: the signer itself refuses, whichever rule asks it', () => {
    const voted = new Driver(4).machine;
    notarize(voted, 0, block);
    notarize(voted, 0, child(undefined, 'second'));
    expect(voted.effects.map((effect) => effect.kind)).to.deep.equal(['persist', 'broadcast']);
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.notarization(1, block));
    driver.machine.view = 1; // as no certificate could do
    nullify(driver.machine);
    expect(driver.machine.effects).to.deep.equal([]);
    expect(() => finalize(new Driver(4).machine, 1, block.hash)).to.throw('notarised');
  });

  it('S4: nothing at or below the floor', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.finalization(1, block));
    driver.verdict(block);
    expect(driver.said('finalize', driver.all)).to.deep.equal([]);
  });

  it('S4: nothing up to the amnesia fence; everything again above it', () => {
    const driver = new Driver(4, { fence: 2 });
    driver.work(true);
    driver.endorse(block);
    driver.fire('leader');
    driver.fire('advance');
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.nullification(2));
    expect(driver.said('notarize', driver.all)).to.deep.equal([]);
    expect(driver.said('nullify', driver.all)).to.deep.equal([]);
    expect(driver.said('finalize', driver.all)).to.deep.equal([]);
    driver.endorse(child(block), 3, 1);
    expect(driver.said('notarize')).to.have.length(1);
  });

  it('S4: a leader behind the fence proposes nothing, and gives its view up', () => {
    const driver = new Driver(4, { fence: 4, doubt: 3 });
    for (const view of [1, 2, 3]) driver.hear(driver.nullification(view));
    driver.work(true);
    expect(driver.of('build')).to.deep.equal([]);
    driver.fire('advance');
    expect(driver.said('nullify')).to.deep.equal([driver.nullify(0, 4)]);
  });

  it('S7: behind the fence and beyond the doubt a view is given up like any other', () => {
    const driver = new Driver(4, { fence: 2, doubt: 1 });
    driver.work(true);
    driver.fire('advance');
    expect(driver.said('nullify')).to.deep.equal([]);
    driver.hear(driver.nullification(1));
    driver.endorse(block, 2, 0);
    driver.fire('advance');
    expect(driver.said('notarize', driver.all)).to.deep.equal([]);
    expect(driver.said('nullify')).to.deep.equal([driver.nullify(0, 2)]);
  });

  it('S7: in doubt, when 2f + 1 others have given the view up, and not if our Finalize is known', () => {
    const finalize = encodeRecord(new Driver(5).finalize(0, 1, block));
    for (const journal of [[], [finalize]]) {
      const driver = new Driver(5, { fence: 2, doubt: 1, journal });
      driver.work(true);
      for (const signer of [1, 2, 3]) {
        expect(driver.said('nullify', driver.all)).to.deep.equal([]);
        driver.hear(driver.nullify(signer, 1));
      }
      const expected = journal.length === 0 ? [driver.nullify(0, 1)] : [];
      expect(driver.said('nullify', driver.all)).to.deep.equal(expected);
    }
  });

  it('S7: in doubt, only where no finalization can be, whoever is faulty; and always when all others have (property)', () => {
    const heardOf = fc.integer({ min: 2, max: 10 }).chain((n) =>
      fc.record({
        n: fc.constant(n),
        others: fc.shuffledSubarray(Array.from({ length: n - 1 }, (_, i) => i + 1)),
      }),
    );
    fc.assert(
      fc.property(heardOf, ({ n, others }) => {
        const driver = new Driver(n, { fence: 2, doubt: 1 });
        driver.work(true);
        driver.fire('advance');
        for (const signer of others) {
          if (driver.view === 1) driver.hear(driver.nullify(signer, 1));
        }
        const gaveUp = driver.said('nullify', driver.all).length > 0;
        const heard = driver.machine.rounds.get(1)?.nullify.size ?? 0;
        const givenUp = heard - (gaveUp ? 1 : 0);
        // All faulty ones may have given it up and finalise it all the same.
        const mayFinalise = n - givenUp + Math.min(givenUp, faultyMax(n));
        if (gaveUp) expect(mayFinalise).to.be.lessThan(quorum(n));
        else if (driver.view === 1) expect(mayFinalise).to.be.at.least(quorum(n));
        if (others.length === n - 1) expect(driver.view).to.equal(2);
      }),
    );
  });

  it('S5, S6: persist before broadcast; the Notarize is durable before the proposal leaves', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(3));
    driver.hear(driver.nullification(2));
    driver.hear(driver.nullification(1));
    driver.work(true);
    driver.built(block);
    const order = driver.effects.map((effect) =>
      effect.kind === 'broadcast' ? effect.message.kind : effect.kind,
    );
    expect(order.slice(0, 4)).to.deep.equal(['persist', 'persist', 'proposal', 'notarize']);
  });

  it('S6: resending signs nothing', () => {
    const driver = new Driver(4);
    driver.work(true);
    driver.endorse(block);
    const { sign } = driver.config;
    let signed = 0;
    const counting = (hash: Uint8Array) => {
      signed++;
      return sign(hash);
    };
    Object.assign(driver.config, { sign: counting });
    for (let i = 0; i < 5; i++) driver.fire('standstill');
    expect(signed).to.equal(0);
    expect(driver.said('notarize')).to.have.length(1);
    expect(driver.of('persist')).to.deep.equal([]);
    expect(limits.standstillMs).to.equal(driver.of('set-timer')[0]?.delayMs);
  });
});
