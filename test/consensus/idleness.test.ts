/** Rest, repetition, time and questions (SPEC.md, R40 … R62). */
import { expect } from 'chai';
import type { Timer } from '../../consensus/input.ts';
import { limits } from '../../core/limits.ts';
import { child, DELTA_MS, Driver, INTERVAL_MS } from './driver.ts';

const block = child();
const second = child(block);

/** For how long that timer was armed last. */
function delayOf(driver: Driver, timer: Timer): number | undefined {
  const armed = driver.all.filter((effect) => effect.kind === 'set-timer');
  return armed.findLast((effect) => effect.timer === timer)?.delayMs;
}

describe('idleness', () => {
  it('R40, R43: timers run while a notarised block pends, and stop when it is final', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.notarization(1, block));
    expect(driver.status.idle).to.equal(false);
    expect(driver.timers()).to.deep.equal(['advance', 'leader', 'standstill']);
    driver.hear(driver.finalization(1, block));
    expect(driver.status.idle).to.equal(true);
    expect(driver.of('cancel-timer').map((effect) => effect.timer)).to.deep.equal([
      'leader',
      'advance',
      'standstill',
    ]);
  });

  it('R41: a proposal wakes, a Nullify of the present view wakes, one of a later view wakes when we get there', () => {
    const proposed = new Driver(4);
    proposed.hear(proposed.proposal(1, block));
    expect(proposed.status.idle).to.equal(false);
    const nullified = new Driver(4);
    nullified.hear(nullified.nullify(2, 1));
    expect(nullified.status.idle).to.equal(false);
    const later = new Driver(4);
    later.hear(later.nullify(2, 2));
    expect(later.status.idle).to.equal(true);
    later.hear(later.nullification(1));
    expect(later.status.idle).to.equal(false);
  });

  it('R42: without work, blocks or company there is no timer at all', () => {
    const driver = new Driver(4);
    expect(driver.effects).to.deep.equal([]);
    driver.work(true);
    expect(driver.status.idle).to.equal(false);
    driver.work(false);
    expect(driver.timers()).to.deep.equal([]);
    driver.fire('leader'); // it was on its way already
    expect(driver.effects).to.deep.equal([]);
  });

  it('R42: an authority alone finalises at once and needs no timer', () => {
    const driver = new Driver(1);
    driver.work(true);
    expect(driver.of('build')).to.have.length(1);
    driver.built(block);
    expect(driver.of('finalise')).to.have.length(1);
    expect(driver.status).to.include({ view: 2, finalisedView: 1 });
    driver.work(false);
    expect(driver.all.filter((effect) => effect.kind === 'set-timer')).to.deep.equal([]);
  });

  it('R44: a timer is armed once for a view, and again for the next', () => {
    const driver = new Driver(4);
    driver.work(true);
    driver.hear(driver.notarize(2, 1, block));
    expect(driver.of('set-timer')).to.deep.equal([]);
    driver.hear(driver.nullification(1));
    expect(driver.of('set-timer').map((effect) => effect.timer)).to.deep.equal([
      'leader',
      'advance',
      'standstill',
    ]);
  });
});

describe('saying it again', () => {
  it('R45: after our Nullify, it and the certificate that admits to the view, again and again', () => {
    const driver = new Driver(4);
    driver.work(true);
    driver.hear(driver.nullification(1));
    driver.fire('advance');
    for (let i = 0; i < 2; i++) {
      driver.fire('resend');
      expect(driver.said('nullification').map((message) => message.view)).to.deep.equal([1]);
      expect(driver.said('nullify').map((message) => message.view)).to.deep.equal([2]);
      expect(driver.of('set-timer').map((effect) => effect.timer)).to.deep.equal(['resend']);
    }
  });

  it('R46: at a standstill the finalization, all certificates above it and our votes above it', () => {
    const driver = new Driver(4);
    driver.finalised(block);
    driver.endorse(second);
    driver.hear(driver.notarization(2, second));
    driver.hear(driver.nullification(3));
    driver.fire('standstill');
    const said = driver.effects.flatMap((effect) =>
      effect.kind === 'broadcast' && 'view' in effect.message
        ? `${effect.message.kind} ${effect.message.view}`
        : [],
    );
    expect(said).to.deep.equal([
      'finalization 1',
      'notarization 2',
      'notarize 2',
      'finalize 2',
      'nullification 3',
    ]);
    expect(delayOf(driver, 'standstill')).to.equal(limits.standstillMs);
  });

  it('R47: no more than the last views of them', () => {
    const driver = new Driver(4);
    for (let view = 1; view <= 200; view++) driver.hear(driver.nullification(view));
    driver.work(true);
    driver.fire('standstill');
    expect(driver.said('nullification')).to.have.length(limits.viewsAheadMax);
  });
});

describe('time', () => {
  it('R50, R51: tL = 2Δ and tA = 3Δ plus the block interval, one Δ more without work of our own', () => {
    const driver = new Driver(4);
    driver.work(true);
    expect(delayOf(driver, 'leader')).to.equal(2 * DELTA_MS + INTERVAL_MS);
    expect(delayOf(driver, 'advance')).to.equal(3 * DELTA_MS + INTERVAL_MS);
    const woken = new Driver(4);
    woken.hear(woken.nullify(2, 1));
    expect(delayOf(woken, 'leader')).to.equal(3 * DELTA_MS + INTERVAL_MS);
    expect(delayOf(woken, 'advance')).to.equal(4 * DELTA_MS + INTERVAL_MS);
  });

  it('R52: without work the leader of a pending block waits Δ, then builds even an empty one', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(1));
    driver.hear(driver.nullification(2));
    driver.endorse(block, 3, 0);
    driver.hear(driver.notarization(3, block, 0));
    expect(driver.of('build')).to.deep.equal([]);
    expect(delayOf(driver, 'leader')).to.equal(DELTA_MS);
    driver.fire('leader');
    expect(driver.of('build').map((effect) => effect.evenEmpty)).to.deep.equal([true]);
    expect(driver.said('nullify')).to.deep.equal([]);
  });

  it('R52: when the block becomes final in that time, nothing is built', () => {
    const driver = new Driver(4);
    driver.endorse(block, 1);
    for (const view of [2, 3]) driver.hear(driver.nullification(view));
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.finalization(1, block));
    driver.fire('leader');
    expect(driver.all.filter((effect) => effect.kind === 'build')).to.deep.equal([]);
  });

  it('R53: the resend comes every 2Δ', () => {
    const driver = new Driver(4);
    driver.work(true);
    driver.fire('advance');
    expect(delayOf(driver, 'resend')).to.equal(2 * DELTA_MS);
  });

  it('R54: timeouts grow by half, are capped, and shrink with every finalisation', () => {
    const driver = new Driver(4);
    driver.work(true);
    const seen: number[] = [];
    for (let view = 1; view <= 20; view++) {
      seen.push(driver.status.advanceTimeoutMs - INTERVAL_MS);
      driver.fire('advance');
      for (const signer of [1, 2, 3]) if (driver.view === view) driver.hear(driver.nullify(signer, view));
    }
    expect(seen.slice(0, 4)).to.deep.equal([300, 450, 675, 1013]);
    expect(seen.at(-1)).to.equal(limits.timeoutMsMax);
    const capped = driver.status.advanceTimeoutMs;
    driver.hear(driver.finalization(driver.view, block));
    expect(driver.status.advanceTimeoutMs).to.be.lessThan(capped);
  });

  it('R57: what failed while nothing was due makes no reader wait, whoever woke us for it', () => {
    const driver = new Driver(4);
    const usual = 2 * DELTA_MS + INTERVAL_MS;
    const wakeForNothing = (): void => {
      const { view } = driver;
      driver.hear(driver.nullify(3, view));
      driver.fire('leader');
      for (const signer of [1, 2]) if (driver.view === view) driver.hear(driver.nullify(signer, view));
    };
    while (driver.status.leaderTimeoutMs < limits.timeoutMsMax) wakeForNothing();
    while (driver.status.leader !== 3) wakeForNothing();
    // Its own view it leaves open, with a proposal that nobody can have the body of.
    driver.hear(driver.proposal(driver.view, block, 0));
    expect(delayOf(driver, 'advance')).to.be.greaterThan(limits.timeoutMsMax);
    driver.work(true);
    expect(driver.status.leaderTimeoutMs).to.equal(usual);
    expect(delayOf(driver, 'advance')).to.equal(3 * DELTA_MS + INTERVAL_MS);
  });

  it('R54, R57: what failed while there was work is not forgotten when there is more of it', () => {
    const driver = new Driver(4);
    driver.work(true);
    for (let view = 1; view <= 3; view++) {
      driver.fire('advance');
      for (const signer of [1, 2, 3]) if (driver.view === view) driver.hear(driver.nullify(signer, view));
    }
    const grown = driver.status.advanceTimeoutMs;
    driver.work(false);
    driver.work(true);
    expect(driver.status.advanceTimeoutMs).to.equal(grown);
  });

  it('R55, R56: a leader not heard for 2n views gets no time; its first word ends that', () => {
    const driver = new Driver(4);
    driver.work(true);
    for (let view = 1; view <= 9; view++) {
      const votes = [0, 2, 3].map((signer) => driver.nullify(signer, view));
      for (const vote of votes) if (driver.view === view && vote.signer !== 0) driver.hear(vote);
    }
    expect(driver.status).to.include({ view: 10, leader: 2 });
    expect(driver.status.silent).to.deep.equal([1]);
    expect(delayOf(driver, 'leader')).to.not.equal(0);
    for (let view = 10; view <= 12; view++)
      for (const signer of [2, 3]) driver.hear(driver.nullify(signer, view));
    expect(driver.status).to.include({ view: 13, leader: 1 });
    expect(delayOf(driver, 'leader')).to.equal(0);
    const { advanceTimeoutMs } = driver.status;
    driver.fire('leader');
    for (const signer of [2, 3]) driver.hear(driver.nullify(signer, 13));
    expect(driver.status).to.include({ view: 14, advanceTimeoutMs });
    driver.hear(driver.notarize(1, 14, block));
    expect(driver.status.silent).to.deep.equal([]);
  });
});

describe('questions', () => {
  it('R60: asked once until the next resend', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(2));
    driver.hear(driver.proposal(3, block, 0));
    expect(driver.sentTo(3)).to.deep.equal(['request']);
    driver.work(true);
    expect(driver.sentTo(3)).to.deep.equal([]);
    driver.fire('resend');
    expect(driver.sentTo(3)).to.deep.equal(['request']);
  });

  it('R61: the answer is what we hold of these views', () => {
    const driver = new Driver(4);
    driver.finalised(block);
    driver.hear(driver.notarization(2, second));
    driver.hear(driver.nullification(2));
    driver.hear(driver.nullification(3));
    driver.hear({ kind: 'request', epoch: 0, firstView: 2, lastView: 3 }, 2);
    expect(driver.sentTo(2)).to.deep.equal(['notarization', 'nullification', 'nullification']);
    driver.hear({ kind: 'request', epoch: 0, firstView: 1, lastView: 1 }, 2);
    expect(driver.sentTo(2)).to.deep.equal(['finalization']);
    driver.hear({ kind: 'request', epoch: 0, firstView: 50, lastView: 60 }, 2);
    expect(driver.effects).to.deep.equal([]);
  });

  it('R62: a Nullify of a view that we left is answered with what moved us', () => {
    const driver = new Driver(4);
    driver.finalised(block);
    driver.hear(driver.nullification(2));
    driver.hear(driver.nullify(3, 2));
    expect(driver.sentTo(3)).to.deep.equal(['nullification']);
    driver.hear(driver.nullify(3, 1));
    expect(driver.sentTo(3)).to.deep.equal(['finalization', 'nullification']);
  });

  it('R62: a Nullify of the present view, while nothing pends here, with our finalization', () => {
    const driver = new Driver(4);
    driver.finalised(block);
    driver.hear(driver.nullify(3, 2));
    expect(driver.sentTo(3)).to.deep.equal(['finalization']);
  });
});
