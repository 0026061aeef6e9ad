import { expect } from 'chai';
import { Attempts } from '../../../../node/content/uploads/attempts.ts';

describe('attempts to fetch what a reader seeds', () => {
  it('come again after pauses that double when they were in vain, and at once when something came', () => {
    const attempts = new Attempts();
    expect(attempts.isFirst('a')).to.equal(true);
    expect(attempts.isDue('a', 0)).to.equal(true);
    const pauses: number[] = [];
    let now = 1_000_000;
    for (let i = 0; i < 8; i++) {
      attempts.ended('a', now, true);
      const ended = now;
      while (!attempts.isDue('a', now)) now += 1_000;
      pauses.push((now - ended) / 1_000);
    }
    expect(pauses).to.deep.equal([30, 60, 120, 240, 480, 600, 600, 600]);
    expect(attempts.isFirst('a')).to.equal(false);
    attempts.ended('a', now, false);
    expect(attempts.isDue('a', now)).to.equal(true);
  });

  it('let those ask again that have waited for longest, and each once', () => {
    const attempts = new Attempts();
    for (const name of ['a', 'b', 'c', 'a']) attempts.foundNoPlace(name);
    expect(attempts.takeWaiting(2)).to.deep.equal(['a', 'b']);
    attempts.foundNoPlace('a');
    attempts.forget('c');
    expect(attempts.takeWaiting(9)).to.deep.equal(['a']);
    expect(attempts.takeWaiting(9)).to.deep.equal([]);
  });

  it('go round: who was tried last comes last', () => {
    const attempts = new Attempts();
    attempts.ended('a', 20, true);
    attempts.ended('b', 10, false);
    expect(attempts.inOrder(['a', 'b', 'c', 'd'])).to.deep.equal(['c', 'd', 'b', 'a']);
    attempts.forget('a');
    expect(attempts.isFirst('a')).to.equal(true);
  });

  it('do not wait for ever when the clock is set back', () => {
    const attempts = new Attempts();
    attempts.ended('a', 1_000_000_000, true);
    expect(attempts.isDue('a', 0)).to.equal(true);
  });
});
