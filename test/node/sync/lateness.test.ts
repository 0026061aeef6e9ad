import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { Lateness } from '../../../node/sync/lateness.ts';

describe('lateness', () => {
  it('does not count the block that has just been made, however many come a second', () => {
    const lateness = new Lateness();
    for (let height = 1; height < 100; height++) {
      const now = 100 * height;
      expect(lateness.look(height, height - 1, now)).to.equal(false);
      if (height % 3 === 0) expect(lateness.look(height, height, now + 50)).to.equal(false);
    }
  });

  it('counts one block that has been missing for a second, until it is here or was none', () => {
    const lateness = new Lateness();
    expect(lateness.look(8, 7, 0)).to.equal(false);
    expect(lateness.look(9, 7, 999)).to.equal(false);
    expect(lateness.look(9, 7, 1_000)).to.equal(true);
    expect(lateness.look(9, 8, 1_001), 'the next one is new').to.equal(false);
    expect(lateness.look(9, 8, 2_001)).to.equal(true);
    expect(lateness.look(8, 8, 2_002)).to.equal(false);
  });

  it('counts many blocks at once, and a clock that was set back for nothing', () => {
    const lateness = new Lateness();
    expect(lateness.look(limits.rangeBlocksMax + 1, 0, 0)).to.equal(true);
    const other = new Lateness();
    expect(other.look(1, 0, 10 ** 9)).to.equal(false);
    expect(other.look(1, 0, 0)).to.equal(true);
  });
});
