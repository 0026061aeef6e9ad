import { expect } from 'chai';
import fc from 'fast-check';
import { AssertionFailed } from '../../core/assert.ts';
import { compareBytes, toHex } from '../../core/bytes.ts';
import {
  bigEndian,
  blockKey,
  cardGivenKey,
  cardLentKey,
  catalogueCursorKey,
  eventsKey,
  eventsRange,
  evidenceKey,
  evidenceRange,
  fromBigEndian,
  heightKey,
  heightOfEvents,
  heightRange,
  historyKey,
  historyRange,
  intakeKey,
  intakeOutlineKey,
  intakeRange,
  journalPrefix,
  KEYSPACES,
  metainfoKey,
  metainfoRange,
  metaKey,
  pendingBlockKey,
  pendingBlockRange,
  placeInHistory,
  prefixRange,
  readerOfCard,
  sealKey,
  staleNodesKey,
  stateKey,
  stateRange,
  treeNodeKey,
} from '../../store/keyspaces.ts';

const HASH = new Uint8Array(32).fill(0xab);
const height = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

describe('the keyspaces', () => {
  it('never change their numbers (golden)', () => {
    expect(KEYSPACES).to.deep.equal({
      meta: 1,
      block: 2,
      height: 3,
      state: 4,
      treeNode: 5,
      staleNodes: 6,
      journal: 7,
      metainfo: 8,
      catalogue: 9,
      pendingBlock: 10,
      intake: 11,
      intakeOutline: 15,
      seal: 12,
      evidence: 13,
      events: 14,
      review: 16,
      deskNonce: 17,
      cardLent: 18,
      cardGiven: 19,
      history: 20,
      transactionAt: 21,
      unfinished: 22,
    });
  });

  it('never change the form of their keys (golden)', () => {
    const hash = 'ab'.repeat(32);
    expect(toHex(metaKey('head'))).to.equal('0168656164');
    expect(toHex(blockKey(HASH))).to.equal(`02${hash}`);
    expect(toHex(heightKey(258))).to.equal('030000000000000102');
    expect(toHex(eventsKey(258))).to.equal('0e0000000000000102');
    expect(toHex(stateKey(Uint8Array.of(7)))).to.equal('0407');
    expect(toHex(treeNodeKey(Uint8Array.of(7)))).to.equal('0507');
    expect(toHex(staleNodesKey(1))).to.equal('060000000000000001');
    expect(toHex(journalPrefix())).to.equal('07');
    expect(toHex(metainfoKey(HASH, 3))).to.equal(`08${hash}00000003`);
    expect(toHex(catalogueCursorKey())).to.equal('09');
    expect(toHex(pendingBlockKey(1, HASH))).to.equal(`0a0000000000000001${hash}`);
    expect(toHex(intakeKey(HASH, HASH))).to.equal(`0b${hash}${hash}`);
    expect(toHex(evidenceKey(1, 2, HASH, 'a'))).to.equal(`0d00000000000000010000000000000002${hash}61`);
    expect(toHex(sealKey(1))).to.equal('0c0000000000000001');
    expect(toHex(cardLentKey(HASH))).to.equal(`12${hash}`);
    expect(toHex(readerOfCard(cardLentKey(HASH)))).to.equal(hash);
    expect(toHex(historyKey(HASH, 258, 7))).to.equal(`14${hash}000000000000010200000007`);
    expect(placeInHistory(historyKey(HASH, 258, 7))).to.deep.equal({ height: 258, index: 7 });
    expect(toHex(cardGivenKey(258, 'a'))).to.equal('13000000000000010261');
  });

  it('order numbers as numbers', () => {
    fc.assert(
      fc.property(height, height, (a, b) => {
        expect(Math.sign(compareBytes(bigEndian(a), bigEndian(b)))).to.equal(Math.sign(a - b));
        expect(fromBigEndian(bigEndian(a))).to.equal(a);
      }),
    );
    expect(() => bigEndian(-1)).to.throw(AssertionFailed);
    expect(() => bigEndian(1.5)).to.throw(AssertionFailed);
    expect(() => metainfoKey(HASH, 2 ** 32)).to.throw(AssertionFailed);
  });

  it('have ranges that hold what belongs to them, and no more', () => {
    expect(inside(heightKey(5), heightRange(5, 6))).to.equal(true);
    expect(inside(heightKey(6), heightRange(5, 6))).to.equal(false);
    expect(inside(eventsKey(5), eventsRange(5))).to.equal(true);
    expect(inside(eventsKey(Number.MAX_SAFE_INTEGER), eventsRange(5))).to.equal(true);
    expect(inside(eventsKey(4), eventsRange(5))).to.equal(false);
    expect(inside(intakeOutlineKey(HASH, HASH), eventsRange(5))).to.equal(false);
    expect(inside(historyKey(HASH, Number.MAX_SAFE_INTEGER, 2 ** 32 - 1), historyRange(HASH))).to.equal(true);
    expect(inside(historyKey(HASH.with(31, 0xac), 0, 0), historyRange(HASH))).to.equal(false);
    expect(heightOfEvents(eventsKey(258))).to.equal(258);
    expect(inside(stateKey(new Uint8Array(40).fill(0xff)), stateRange())).to.equal(true);
    expect(inside(treeNodeKey(new Uint8Array(0)), stateRange())).to.equal(false);
    expect(inside(stateKey(Uint8Array.of(1, 255, 255)), stateRange(Uint8Array.of(1)))).to.equal(true);
    expect(inside(stateKey(Uint8Array.of(2)), stateRange(Uint8Array.of(1)))).to.equal(false);
    expect(inside(pendingBlockKey(Number.MAX_SAFE_INTEGER, HASH), pendingBlockRange())).to.equal(true);
    expect(inside(catalogueCursorKey(), pendingBlockRange())).to.equal(false);
    expect(inside(intakeKey(HASH, HASH), intakeRange())).to.equal(true);
    expect(inside(evidenceKey(1, 2, HASH, 'a'), evidenceRange())).to.equal(true);
    expect(inside(metainfoKey(HASH, 2 ** 32 - 1), metainfoRange(HASH))).to.equal(true);
  });

  it('carry over the end of a prefix, and refuse one that has no end', () => {
    expect(toHex(prefixRange(Uint8Array.of(1, 255)).to)).to.equal('02');
    expect(() => prefixRange(Uint8Array.of(255, 255))).to.throw(AssertionFailed);
  });
});

function inside(key: Uint8Array, range: { from: Uint8Array; to: Uint8Array }): boolean {
  return compareBytes(range.from, key) <= 0 && compareBytes(key, range.to) < 0;
}
