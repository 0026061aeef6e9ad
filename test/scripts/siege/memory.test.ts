import { expect } from 'chai';
import { growth } from '../../../scripts/siege/memory.ts';

describe('the memory of a besieged library', () => {
  it('is compared after it has warmed up', () => {
    const warming = Array.from({ length: 25 }, (_, i) => 10 * i);
    const flat = Array.from({ length: 75 }, () => 250);
    expect(growth([...warming, ...flat])).to.deep.equal({ firstMiB: 250, lastMiB: 250, mostMiB: 250 });
  });

  it('that grows is seen to grow', () => {
    const { firstMiB, lastMiB, mostMiB } = growth(Array.from({ length: 100 }, (_, i) => 100 + i));
    expect(lastMiB / firstMiB).to.be.above(1.1);
    expect(mostMiB).to.equal(199);
  });
});
