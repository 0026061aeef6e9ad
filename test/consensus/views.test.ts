/** Entering, leading, giving up (SPEC.md, R1 … R9). */
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { child, Driver } from './driver.ts';
import { ROOT } from './fake-keys.ts';

const block = child();

/** Authority 0 in view 4, which it leads; the three views before it are nullified. */
function leading(): Driver {
  const driver = new Driver(4);
  for (const view of [1, 2, 3]) driver.hear(driver.nullification(view));
  return driver;
}

describe('views', () => {
  it('R1: each kind of certificate admits to the next view, from however far away; never down', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(1));
    expect(driver.view).to.equal(2);
    driver.hear(driver.notarization(1_000, block));
    expect(driver.view).to.equal(1_001);
    driver.hear(driver.finalization(2_000, block));
    expect(driver.view).to.equal(2_001);
    driver.hear(driver.nullification(2_001));
    expect(driver.view).to.equal(2_002);
    driver.hear(driver.notarization(2_001, block));
    expect(driver.view).to.equal(2_002);
  });

  it('R2: votes far behind are forgotten, certificates are not', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarize(2, 1, block));
    driver.hear(driver.nullification(1));
    driver.hear(driver.nullification(limits.viewsKeptMax + 1));
    expect(driver.machine.rounds.has(1)).to.equal(false);
    expect(driver.machine.nullifications.has(1)).to.equal(true);
  });

  it('R3, R5: the leader asks for a block when there is work, once, and proposes it once', () => {
    const driver = leading();
    expect(driver.of('build')).to.deep.equal([]);
    driver.work(true);
    expect(driver.of('build')).to.deep.equal([{ kind: 'build', view: 4, parent: ROOT, evenEmpty: false }]);
    driver.work(true);
    expect(driver.of('build')).to.deep.equal([]);
    driver.built(block);
    expect(driver.said('proposal')).to.have.length(1);
    expect(driver.said('notarize')).to.have.length(1);
    driver.built(child(undefined, 'another'));
    expect(driver.said('proposal')).to.deep.equal([]);
  });

  it('R3: not after its own Nullify', () => {
    const driver = leading();
    driver.hear(driver.nullify(1, 4));
    driver.fire('advance');
    expect(driver.said('nullify')).to.have.length(1);
    driver.work(true);
    expect(driver.of('build')).to.deep.equal([]);
  });

  it('R4: the leader asks everybody for missing certificates, again with every resend, and goes on with the answer', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(3));
    driver.work(true);
    const request = { kind: 'request', epoch: 0, firstView: 1, lastView: 2 };
    expect(driver.said('request')).to.deep.equal([request]);
    driver.work(true);
    expect(driver.said('request')).to.deep.equal([]);
    driver.fire('resend');
    expect(driver.said('request')).to.deep.equal([request]);
    driver.hear(driver.nullification(2));
    driver.hear(driver.nullification(1));
    expect(driver.of('build')).to.have.length(1);
  });

  it('R5: nothing to put in: declined, and asked again when there is work', () => {
    const driver = leading();
    driver.work(true);
    driver.work(false);
    expect(driver.status.idle).to.equal(true);
    driver.work(true);
    expect(driver.of('build')).to.have.length(1);
  });

  it('R6: on a sealing parent the leader proposes the same block again, without building', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(1));
    driver.hear(driver.nullification(2));
    driver.work(true);
    driver.hear(driver.proposal(3, block, 0));
    driver.verdict(block, true, true);
    driver.hear(driver.notarization(3, block, 0));
    expect(driver.of('build')).to.deep.equal([]);
    driver.fire('leader'); // it waited for the finalization in vain
    expect(driver.of('build')).to.deep.equal([]);
    const [proposal] = driver.said('proposal');
    expect(proposal).to.deep.include({ view: 4, parentView: 3, block });
  });

  it('R7: tL and tA each give the view up', () => {
    for (const timer of ['leader', 'advance'] as const) {
      const driver = new Driver(4);
      driver.work(true);
      driver.fire(timer);
      expect(driver.said('nullify'), timer).to.have.length(1);
    }
  });

  it('R7: an invalid body gives the view up at once', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    driver.verdict(block, false);
    expect(driver.said('nullify')).to.have.length(1);
  });

  it('R8: f + 1 Nullify make us join, f do not', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullify(2, 1));
    expect(driver.said('nullify')).to.deep.equal([]);
    driver.hear(driver.nullify(3, 1));
    expect(driver.said('nullify')).to.have.length(1);
    expect(driver.view).to.equal(2); // and with ours they are a quorum
  });

  it('R9: the Nullify of the leader alone makes us join', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullify(1, 1));
    expect(driver.said('nullify')).to.have.length(1);
  });
});
