/** What a machine reports to an authority that has forgotten (SPEC.md, R75). */
import { expect } from 'chai';
import { decodeRecord } from '../../consensus/journal-record.ts';
import { reportVotes } from '../../consensus/vote-report.ts';
import { limits } from '../../core/limits.ts';
import { child, Driver } from './driver.ts';

const block = child();
const second = child(block);

describe('a report of votes', () => {
  it('R75: the view, with its proof, and the votes of whoever asks', () => {
    const driver = new Driver(4);
    expect(reportVotes(driver.machine, 2)).to.deep.equal({
      epoch: 0,
      certificate: undefined,
      seals: false,
      votes: [],
    });
    driver.endorse(block);
    driver.hear(driver.notarize(2, 1, block));
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.nullify(2, 2));
    const { certificate, votes } = reportVotes(driver.machine, 2);
    expect(certificate).to.deep.include({ kind: 'notarization', view: 1 });
    expect(votes).to.deep.equal([driver.nullify(2, 2), driver.notarize(2, 1, block)]);
    expect(reportVotes(driver.machine, 3).votes).to.deep.equal([]);
    expect(reportVotes(driver.machine, undefined).votes).to.deep.equal([]);
  });

  it('R75: the votes of whoever asks, though another one has voted in every view ahead', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarize(2, 1, block));
    for (let view = 2; view <= 1 + limits.viewsAheadMax; view++) driver.hear(driver.nullify(3, view));
    expect(reportVotes(driver.machine, 2).votes).to.deep.equal([driver.notarize(2, 1, block)]);
    expect(reportVotes(driver.machine, 3).votes).to.have.length(limits.voteReportViewsMax);
  });

  it('R75: a valid block that ends the epoch is known, also after a restart', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block, 0));
    expect(reportVotes(driver.machine, 2).seals).to.equal(false);
    driver.verdict(block, true, true);
    expect(reportVotes(driver.machine, 2).seals).to.equal(true);
    expect(reportVotes(driver.restarted().machine, 2).seals).to.equal(true);
  });

  it('R75: never less than the views in which it has signed, wherever it crashes', () => {
    const whole = new Driver(4);
    whole.endorse(block);
    whole.hear(whole.notarization(1, block));
    whole.endorse(second);
    whole.hear(whole.nullification(2));
    whole.work(true);
    whole.fire('advance');
    whole.hear(whole.nullification(3));
    const journal = whole.journal();
    for (let kept = 0; kept <= journal.length; kept++) {
      const records = journal.slice(0, kept);
      const signed = records.map(decodeRecord).filter((entry) => 'signer' in entry);
      const { certificate } = reportVotes(new Driver(4, { journal: records }).machine, 1);
      expect((certificate?.view ?? 0) + 1).to.be.at.least(Math.max(0, ...signed.map(({ view }) => view)));
    }
    expect(whole.view).to.equal(4);
  });
});
