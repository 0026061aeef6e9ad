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

  it('lets those who are at long work take turns: a short one waits for no long one to end', async () => {
    const yieldToLoop = createYield();
    const ended: string[] = [];
    const work = async (name: string, steps: number): Promise<void> => {
      for (let step = 0; step < steps; step++) {
        await yieldToLoop();
        for (const from = performance.now(); performance.now() - from < 1; );
      }
      ended.push(name);
    };
    const long = [work('long', 200), work('long, too', 200)];
    await new Promise(setImmediate);
    await work('short', 10);
    expect(ended).to.deep.equal(['short']);
    await Promise.all(long);
  });
});
