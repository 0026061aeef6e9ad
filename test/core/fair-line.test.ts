import { expect } from 'chai';
import { FairLine } from '../../core/fair-line.ts';

describe('a fair line', () => {
  let line: FairLine;
  /** In the order in which they began; what ends them. */
  let began: string[];
  let ends: (() => void)[];
  let pushedOut: string[];

  beforeEach(() => {
    line = new FairLine({ atOnceMax: 1, perClientMax: 3, waitingMax: 5 });
    [began, ends, pushedOut] = [[], [], []];
  });

  const enter = (client: string, name = client) =>
    line.enter(client, {
      begin(done) {
        began.push(name);
        ends.push(done);
      },
      pushedOut: () => void pushedOut.push(name),
    });
  const end = (): void => ends.shift()?.();

  it('lets clients take turns: who asks for much waits for himself', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4']) expect(enter('a', name)).not.to.equal(undefined);
    enter('b');
    for (let i = 0; i < 5; i++) end();
    expect(began).to.deep.equal(['a1', 'a2', 'b', 'a3', 'a4']);
  });

  it('has so many under way at once, and begins the next when one ends', () => {
    line = new FairLine({ atOnceMax: 2, perClientMax: 3, waitingMax: 5 });
    for (const name of ['a1', 'a2', 'a3']) enter('a', name);
    expect(began).to.deep.equal(['a1', 'a2']);
    end();
    expect(began).to.deep.equal(['a1', 'a2', 'a3']);
  });

  it('takes no more of one client, and lets a short line in at the cost of the end of the longest', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4']) enter('a', name);
    expect(enter('a', 'a5')).to.equal(undefined);
    enter('b');
    enter('c');
    expect(enter('d')).not.to.equal(undefined);
    expect(pushedOut).to.deep.equal(['a4']);
    expect(enter('e'), 'a has two, and is still the longest').not.to.equal(undefined);
    expect(enter('f'), 'nobody has more than f would').to.equal(undefined);
    for (let i = 0; i < 6; i++) end();
    expect(began).to.deep.equal(['a1', 'a2', 'b', 'c', 'd', 'e']);
  });

  it('is left by whoever gives up, and by nobody whose turn has come', () => {
    const first = enter('a', 'a1');
    const second = enter('a', 'a2');
    enter('b');
    first?.();
    second?.();
    second?.();
    end();
    expect(began).to.deep.equal(['a1', 'b']);
    end();
    enter('a', 'a3');
    expect(began).to.deep.equal(['a1', 'b', 'a3']);
  });
});
