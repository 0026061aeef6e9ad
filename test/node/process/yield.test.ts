/** Long work leaves the loop to others now and then, without a timer. */
import { expect } from 'chai';
import { createYield } from '../../../node/process/yield.ts';

describe('yielding to the loop', () => {
  it('lets the others of the loop have their turn', async () => {
    const yieldToLoop = createYield();
    let turns = 0;
    const other = (): void => {
      turns += 1;
      if (turns < 3) setImmediate(other);
    };
    setImmediate(other);
    let yields = 0;
    for (; turns < 3; yields++) await yieldToLoop(); // for ever, if it never yields
    expect(yields).to.be.greaterThan(3); // most yields cost nothing
  });
});
