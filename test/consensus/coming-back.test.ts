/** Crashes: what the journal and the ledger bring back (SPEC.md, R70 … R76). */
import { expect } from 'chai';
import { encodeRecord } from '../../consensus/journal-record.ts';
import { encode } from '../../core/codec.ts';
import { child, Driver } from './driver.ts';

const block = child();
const second = child(block);

describe('coming back', () => {
  it('R70: view, votes, certificates and verdicts are as before', () => {
    const before = new Driver(4);
    before.endorse(block);
    before.hear(before.notarization(1, block));
    before.work(true);
    before.fire('advance');
    const driver = before.restarted();
    for (const map of ['notarizations', 'nullifications'] as const) {
      expect([...driver.machine[map]]).to.deep.equal([...before.machine[map]]);
    }
    expect([...driver.machine.signed]).to.deep.equal([...before.machine.signed]);
    expect(driver.view).to.equal(before.view);
    expect(driver.status.idle).to.equal(false);
    driver.endorse(child(undefined, 'other'), 2, 0);
    expect(driver.said('notarize')).to.deep.equal([]); // view 2 was given up before the crash
  });

  it('R70: after a crash between any two effects no vote is contradicted', () => {
    const whole = new Driver(4);
    whole.endorse(block);
    whole.hear(whole.notarization(1, block));
    for (let kept = 0; kept <= whole.journal().length; kept++) {
      const driver = new Driver(4, { journal: whole.journal().slice(0, kept) });
      const twin = child(undefined, 'twin');
      driver.verdict(block);
      driver.hear(driver.proposal(1, twin));
      driver.verdict(twin);
      driver.work(true);
      driver.fire('leader');
      driver.fire('advance');
      const { notarize, nullify, finalize } = driver.machine.signed.get(1) ?? {};
      expect(nullify !== undefined && finalize !== undefined).to.equal(false);
      if (kept > 1) expect(notarize).to.deep.equal(driver.notarize(0, 1, block));
    }
  });

  it('R70: records of other epochs are passed over; what is no record stops us', () => {
    const before = new Driver(4);
    before.work(true);
    before.fire('advance');
    const other = new Driver(4, { epoch: 1, journal: before.journal() });
    expect(other.machine.signed.size).to.equal(0);
    expect(() => new Driver(4, { journal: [encode({ kind: 'rumour' })] })).to.throw('shape');
    expect(() => new Driver(4, { journal: [Uint8Array.of(1, 2, 3)] })).to.throw('canonical');
  });

  it('R70: a journal that contradicts itself stops us', () => {
    const driver = new Driver(4);
    const records = [driver.nullify(0, 1), driver.finalize(0, 1, block)].map(encodeRecord);
    expect(() => new Driver(4, { journal: records })).to.throw('both');
    const twice = [driver.notarize(0, 1, block), driver.notarize(0, 1, second)].map(encodeRecord);
    expect(() => new Driver(4, { journal: twice })).to.throw('one vote');
    expect(() => new Driver(4, { journal: [encodeRecord(driver.nullify(1, 1))] })).to.throw('our own');
  });

  it('R71: the ledger may be ahead of the journal', () => {
    const before = new Driver(4);
    before.endorse(block);
    const floor = { certificate: before.finalization(9, second), block: second, seals: false };
    const driver = before.restarted({ floor });
    expect(driver.status).to.include({ view: 10, finalisedView: 9, idle: true });
    expect(driver.machine.signed.size).to.equal(0);
    expect(driver.of('finalise')).to.deep.equal([]);
    driver.endorse(child(second), 10, 9);
    expect(driver.said('notarize')).to.have.length(1);
  });

  it('R72: a restored vote counts, and an authority alone finishes what it began', () => {
    const before = new Driver(1);
    before.work(true);
    before.built(block);
    const driver = new Driver(1, { journal: before.journal().slice(0, 2) }); // verdict and Notarize
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([block]);
    driver.verdict(block);
    expect(driver.of('finalise')).to.have.length(1);
  });

  it('R73: a finalization that the ledger has not committed is announced again', () => {
    const before = new Driver(4);
    before.finalised(block);
    const driver = before.restarted();
    expect(driver.of('finalise').map((effect) => effect.certificate.view)).to.deep.equal([1]);
    const floor = { certificate: before.finalization(1, block), block, seals: false };
    expect(before.restarted({ floor }).of('finalise')).to.deep.equal([]);
  });

  it('R73: valid bodies are executed again, invalid ones stay invalid, votes are said again', () => {
    const before = new Driver(4);
    before.endorse(block);
    before.hear(before.notarization(1, block));
    before.hear(before.proposal(2, second));
    before.verdict(second, false);
    const driver = before.restarted();
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([block]);
    expect(driver.said('notarize').map((vote) => vote.view)).to.deep.equal([1]);
    expect(driver.said('nullify').map((vote) => vote.view)).to.deep.equal([2]);
    expect(driver.timers()).to.deep.equal(['resend', 'standstill']);
  });

  it('R73: the leader says its proposal again, the same', () => {
    const before = new Driver(4);
    for (const view of [1, 2, 3]) before.hear(before.nullification(view));
    before.work(true);
    before.built(block);
    const proposals = before.said('proposal');
    const driver = before.restarted();
    expect(driver.said('proposal')).to.deep.equal(proposals);
    driver.work(true);
    expect(driver.of('build')).to.deep.equal([]);
  });

  it('R74: nobody is silent after a restart', () => {
    const before = new Driver(4);
    before.hear(before.nullification(500));
    expect(before.status.silent).to.deep.equal([]); // 1, 2, 3 signed it
    before.hear(before.finalization(1_000, block));
    expect(before.restarted().status).to.deep.include({ view: 1_001, silent: [] });
  });

  it('R76: a vote that comes back without what admits to its view binds, and does not move the view', () => {
    const others = new Driver(3);
    const journal = [encodeRecord(others.nullify(0, 2))];
    const driver = new Driver(3, { fence: 2, doubt: 1, journal });
    expect(driver.view).to.equal(1);
    driver.work(true);
    driver.hear(driver.nullify(1, 1));
    driver.hear(driver.nullify(2, 1));
    expect(driver.said('nullify', driver.all)).to.deep.include(driver.nullify(0, 1)); // without it nobody leaves view 1
    expect(driver.view).to.equal(2);
    driver.hear(driver.nullify(1, 2));
    driver.hear(driver.nullify(2, 2));
    expect(driver.view).to.equal(3); // the one that came back has counted
  });

  it('R76: a Finalize that comes back without its Notarize brings it along, of that block and no other', () => {
    const others = new Driver(3);
    const journal = [encodeRecord(others.finalize(0, 1, block))];
    const driver = new Driver(3, { fence: 2, doubt: 1, journal });
    driver.hear(driver.notarize(1, 1, child(undefined, 'other')));
    expect(driver.said('notarize')).to.deep.equal([]);
    driver.hear(driver.notarize(2, 1, block));
    expect(driver.said('notarize')).to.deep.equal([driver.notarize(0, 1, block)]);
    driver.hear(driver.notarize(1, 1, block));
    expect(driver.said('nullify', driver.all)).to.deep.equal([]);
    const again = driver.restarted({ fence: 2, doubt: 1, journal: [...journal, ...driver.journal()] });
    expect(again.said('notarize')).to.deep.equal([driver.notarize(0, 1, block)]);
  });

  it('R76: of seven, not before five others have notarised it', () => {
    const others = new Driver(7);
    const journal = [encodeRecord(others.finalize(0, 1, block))];
    const driver = new Driver(7, { fence: 2, doubt: 1, journal });
    for (const signer of [1, 2, 3, 4, 5]) {
      expect(driver.said('notarize', driver.all)).to.deep.equal([]);
      driver.hear(driver.notarize(signer, 1, block));
    }
    expect(driver.view).to.equal(2); // the five are a quorum by themselves
  });
});
