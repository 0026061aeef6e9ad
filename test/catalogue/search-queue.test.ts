import { expect } from 'chai';
import { SearchQueue } from '../../catalogue/search-queue.ts';
import { limits } from '../../core/limits.ts';
import type { Verdict } from '../../core/verdict.ts';
import { type MovingClock, movingClock } from '../node/moving-clock.ts';

describe('the queue of searches', () => {
  let clock: MovingClock;
  let queue: SearchQueue;
  /** In the order in which they ran. */
  let ran: string[];
  let running: (() => void) | undefined;

  beforeEach(() => {
    clock = movingClock();
    queue = new SearchQueue(clock);
    ran = [];
    running = undefined;
  });

  const ask = (client: string, name: string): Promise<Verdict<string>> =>
    queue.take(['others', client], () => {
      ran.push(name);
      return new Promise((resolve) => {
        running = () => resolve(name);
      });
    });
  /** Ends the one that runs; the next has begun then. */
  const finish = async (): Promise<void> => {
    running?.();
    await new Promise(setImmediate);
  };

  it('lets clients take turns: who asks for much waits for itself', async () => {
    for (let i = 0; i < 5; i++) void ask('greedy', `greedy ${i}`);
    const honest = ask('honest', 'honest');
    await finish();
    await finish();
    expect(ran).to.deep.equal(['greedy 0', 'greedy 1', 'honest']);
    await finish();
    expect(await honest).to.deep.equal({ kind: 'accept', value: 'honest' });
  });

  it('lets the others have a turn after each window of a long search', async () => {
    let windows = 4;
    const long = queue.take(['others', 'long'], async () => {
      ran.push('long');
      return --windows === 0 ? 'found' : undefined;
    });
    const short = ask('short', 'short');
    await new Promise(setImmediate);
    await finish();
    expect(await short).to.deep.equal({ kind: 'accept', value: 'short' });
    expect(await long).to.deep.equal({ kind: 'accept', value: 'found' });
    expect(ran).to.deep.equal(['long', 'short', 'long', 'long', 'long']);
  });

  it('search.too-slow: a search whose time is over has no further turn', async () => {
    const windows: (() => void)[] = [];
    const long = queue.take(['others', 'long'], () => {
      ran.push('long');
      return new Promise<undefined>((resolve) => windows.push(() => resolve(undefined)));
    });
    windows.shift()!();
    await new Promise(setImmediate);
    clock.pass(limits.searchWaitMs);
    expect(await long).to.deep.equal({ kind: 'reject', code: 'search.too-slow' });
    windows.shift()!();
    await new Promise(setImmediate);
    void ask('next', 'next');
    expect(ran).to.deep.equal(['long', 'long', 'next']);
  });

  it('search.too-slow: who has waited so long, in the queue or for an answer, has one', async () => {
    const first = ask('a', 'first');
    const second = ask('b', 'second');
    clock.pass(limits.searchWaitMs);
    expect(await Promise.all([first, second])).to.deep.equal([
      { kind: 'reject', code: 'search.too-slow' },
      { kind: 'reject', code: 'search.too-slow' },
    ]);
    const third = ask('c', 'third');
    await finish();
    expect(ran, 'nobody waits for the second any more').to.deep.equal(['first', 'third']);
    await finish();
    expect((await third).kind).to.equal('accept');
  });

  it('search.too-many: of one client, and of all: a short queue gets in at the cost of the longest', async () => {
    void ask('first', 'first');
    const own = Array.from({ length: limits.searchesWaitingPerClientMax + 1 }, (_, i) => ask('one', `${i}`));
    expect(await own.at(-1)).to.deep.equal({ kind: 'reject', code: 'search.too-many' });
    const others = limits.searchesWaitingMax - limits.searchesWaitingPerClientMax;
    for (let i = 0; i < others; i++) void ask(`other ${i}`, `other ${i}`);
    void ask('late', 'late');
    expect(await own.at(-2), 'the last of the longest queue').to.deep.equal({
      kind: 'reject',
      code: 'search.too-many',
    });
    for (let i = 0; i <= others + 2; i++) await finish();
    expect(ran).to.include('late');
  });

  it('goes on when a search fails', async () => {
    const failing = queue.take(['others', 'a'], () => Promise.reject(new Error('broken')));
    expect(await failing.catch((error: Error) => error.message)).to.equal('broken');
    void ask('a', 'next');
    expect(ran).to.deep.equal(['next']);
  });
});
