import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { FetchTurns, type Waiting } from '../../../node/content/fetch-turns.ts';
import { hashOf } from '../../chain/world.ts';

/** @param of - the sponsor and the uploader. */
function waiting(name: string, of: string, size = 10n): Waiting & { readonly name: string } {
  const [sponsor, uploader] = of.split(' ');
  return { name, hash: hashOf(name), sponsor: hashOf(sponsor!), uploader: hashOf(uploader!), size };
}

function taken(turns: FetchTurns, count: number): readonly (string | undefined)[] {
  return Array.from({ length: count }, () => (turns.take() as { readonly name?: string } | undefined)?.name);
}

describe('turns of files that wait to be fetched', () => {
  it('gives a reader with one file the next turn but one, however many another has brought before', () => {
    const turns = new FetchTurns();
    for (let i = 0; i < 500; i++) turns.add(waiting(`made up ${i}`, 'ann stranger'));
    turns.add(waiting('a book', 'ann reader'));
    expect(taken(turns, 3)).to.deep.equal(['made up 0', 'a book', 'made up 1']);
  });

  it('gives each library its turn, however many keys bring uploads to another', () => {
    const turns = new FetchTurns();
    for (let i = 0; i < 500; i++) turns.add(waiting(`made up ${i}`, `ann stranger-${i}`));
    turns.add(waiting('a book', 'bob reader'));
    expect(taken(turns, 3)).to.deep.equal(['made up 0', 'a book', 'made up 1']);
  });

  it('takes the smallest file of an uploader first, and of equal ones the one that came first', () => {
    const turns = new FetchTurns();
    for (const [name, size] of [
      ['large', 9n],
      ['small', 1n],
      ['other', 9n],
      ['medium', 5n],
    ] as const) {
      turns.add(waiting(name, 'ann reader', size));
    }
    expect(taken(turns, 5)).to.deep.equal(['small', 'medium', 'large', 'other', undefined]);
  });

  it('lets what lost its turn and what is new take turns, whichever are more', () => {
    const turns = new FetchTurns();
    for (let i = 0; i < 3; i++) turns.add(waiting(`lost ${i}`, `ann a-${i}`), true);
    for (let i = 0; i < 2; i++) turns.add(waiting(`new ${i}`, `ann b-${i}`));
    expect(taken(turns, 5)).to.deep.equal(['new 0', 'lost 0', 'new 1', 'lost 1', 'lost 2']);
  });

  it('holds a file once', () => {
    const turns = new FetchTurns();
    expect(turns.add(waiting('a book', 'ann reader'))).to.equal(true);
    expect(turns.add(waiting('a book', 'bob other'), true)).to.equal(false);
    expect(turns.size).to.equal(1);
    expect(turns.has(hashOf('a book'))).to.equal(true);
    expect(taken(turns, 2)).to.deep.equal(['a book', undefined]);
    expect(turns.has(hashOf('a book'))).to.equal(false);
  });

  it('makes room, when it is full, for one of a shorter queue at the cost of the longest, and for no other', () => {
    const turns = new FetchTurns();
    for (let i = 0; i < limits.fetchesWaitingMax; i++)
      turns.add(waiting(`made up ${i}`, 'ann stranger', BigInt(i)));
    expect(turns.add(waiting('one more', 'ann stranger'))).to.equal(false);
    expect(turns.add(waiting('a book', 'ann reader'))).to.equal(true);
    expect(turns.size).to.equal(limits.fetchesWaitingMax);
    expect(turns.has(hashOf(`made up ${limits.fetchesWaitingMax - 1}`)), 'its largest').to.equal(false);
    expect(taken(turns, 2)).to.deep.equal(['made up 0', 'a book']);
  });
});
