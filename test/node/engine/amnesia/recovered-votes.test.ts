import { expect } from 'chai';
import { decodeRecord, encodeRecord } from '../../../../consensus/journal-record.ts';
import { recordsOf } from '../../../../node/engine/amnesia/recovered-votes.ts';
import { child, Driver } from '../../../consensus/driver.ts';

const driver = new Driver(4);
const block = child();
const other = child(undefined, 'other');
const kinds = (records: ReturnType<typeof recordsOf>) =>
  records.map(({ record }) => decodeRecord(record)).map(({ kind, view }) => `${kind} ${view}`);

describe('what others have kept for one that has forgotten', () => {
  const certificate = driver.nullification(2);
  const [notarize, finalize, nullify] = [
    driver.notarize(0, 3, block),
    driver.finalize(0, 3, block),
    driver.nullify(0, 3),
  ];

  it('goes back into the journal: what admits to the view, then each vote once', () => {
    const votes = [finalize, notarize, notarize, driver.nullify(0, 4)];
    expect(kinds(recordsOf([], { certificate, votes }))).to.deep.equal([
      'nullification 2',
      'notarize 3',
      'nullify 4',
      'finalize 3',
    ]);
  });

  it('contradicts nothing that stands there', () => {
    const cases = [
      [[notarize], [notarize]],
      [[driver.notarize(0, 3, other)], [notarize]],
      [[finalize], [nullify]],
      [[nullify], [finalize]],
    ] as const;
    for (const [held, votes] of cases) {
      expect(recordsOf(held.map(encodeRecord), { certificate: undefined, votes })).to.deep.equal([]);
    }
  });

  it('contradicts nothing in itself, and so can be replayed, whatever the key has signed elsewhere', () => {
    const votes = [finalize, nullify, driver.notarize(0, 3, other), notarize, driver.finalize(0, 3, other)];
    const records = recordsOf([], { certificate, votes });
    expect(kinds(records)).to.deep.equal(['nullification 2', 'notarize 3', 'nullify 3']);
    const journal = records.map(({ record }) => record);
    expect(new Driver(4, { journal, fence: 4, doubt: 3 }).view).to.equal(3);
  });
});
