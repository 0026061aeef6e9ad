/** Long work leaves the loop to others now and then, without a timer. */
import { expect } from 'chai';
import { createBreath } from '../../../node/process/breath.ts';

describe('breath', () => {
  it('lets the others of the loop have their turn', async () => {
    const breathe = createBreath();
    let turns = 0;
    const other = (): void => {
      turns += 1;
      if (turns < 3) setImmediate(other);
    };
    setImmediate(other);
    let breaths = 0;
    for (; turns < 3; breaths++) await breathe(); // for ever, if it never yields
    expect(breaths).to.be.greaterThan(3); // most breaths cost nothing
  });
});
