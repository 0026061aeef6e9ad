import { expect } from 'chai';
import { longestWait } from '../../../scripts/siege/chain-waits.ts';

describe('how long the chain stood still while somebody waited', () => {
  const blocks = [1_000, 2_000, 2_100, 9_000, 9_500];

  it('is the longest time without a block inside of a wait', () => {
    expect(longestWait(blocks, [[1_900, 2_200]])).to.equal(100);
    expect(longestWait(blocks, [[2_050, 9_600]])).to.equal(6_900);
  });

  it('does not count the time in which nobody waited', () => {
    const waits = [
      [900, 1_050],
      [8_900, 9_010],
    ] as const;
    expect(longestWait(blocks, waits)).to.equal(100);
    expect(longestWait(blocks, [])).to.equal(0);
  });

  it('counts from the beginning of a wait, and to its end when no block came at all', () => {
    expect(longestWait(blocks, [[8_000, 9_001]])).to.equal(1_000);
    expect(longestWait(blocks, [[3_000, 8_000]])).to.equal(5_000);
    expect(longestWait([], [[3_000, 8_000]])).to.equal(5_000);
  });
});
