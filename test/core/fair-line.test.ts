import { expect } from 'chai';
import fc from 'fast-check';
import { FairLine, type LineName } from '../../core/fair-line.ts';

describe('a fair line', () => {
  let line: FairLine;
  /** In the order in which they began; what ends them. */
  let began: string[];
  let ends: (() => void)[];
  let pushedOut: string[];

  beforeEach(() => {
    line = new FairLine({ atOnceMax: 1, perLineMax: 3, waitingMax: 5 });
    [began, ends, pushedOut] = [[], [], []];
  });

  const enter = (line: string, name = line) => enterAt([line], name);
  const enterAt = (at: LineName, name: string) =>
    line.enter(at, {
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
    line = new FairLine({ atOnceMax: 2, perLineMax: 3, waitingMax: 5 });
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

  it('lets groups take turns, however many lines one has', () => {
    line = new FairLine({ atOnceMax: 1, perLineMax: 3, waitingMax: 500 });
    for (let i = 0; i < 50; i++) enterAt(['others', 'network', `${i}`], `network ${i}`);
    enterAt(['others', 'elsewhere', 'a'], 'elsewhere');
    enterAt(['readers', 'a'], 'reader');
    for (let i = 0; i < 3; i++) end();
    expect(began).to.deep.equal(['network 0', 'network 1', 'reader', 'elsewhere']);
    for (let i = 0; i < 50; i++) end();
    expect(began).to.have.length(52);
    expect(began.slice(4)).to.deep.equal(Array.from({ length: 48 }, (_, i) => `network ${i + 2}`));
  });

  it('makes room in the largest group, at the end of its longest line', () => {
    line = new FairLine({ atOnceMax: 1, perLineMax: 3, waitingMax: 6 });
    enterAt(['others', 'one', 'a'], 'begins');
    for (const name of ['a1', 'a2', 'a3']) enterAt(['others', 'one', 'a'], name);
    for (const name of ['b1', 'b2']) enterAt(['others', 'one', 'b'], name);
    enterAt(['others', 'two', 'c'], 'c1');
    enterAt(['readers', 'd'], 'd1');
    expect(pushedOut).to.deep.equal(['a3']);
    enterAt(['others', 'two', 'e'], 'e1');
    expect(pushedOut, 'of the network that has more').to.deep.equal(['a3', 'a2']);
    expect(enterAt(['others', 'one', 'f'], 'f1'), 'b has more than f would').not.to.equal(undefined);
    expect(pushedOut).to.deep.equal(['a3', 'a2', 'b2']);
    expect(enterAt(['others', 'one', 'g'], 'g1'), 'nobody of its group has').to.equal(undefined);
  });

  it('has each one begin, be pushed out or leave, once, and never more wait than may (property)', () => {
    const name = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('c', 'd', 'e'));
    const step = fc.oneof(
      fc.record({ kind: fc.constant('enter' as const), name }),
      fc.record({ kind: fc.constantFrom('end' as const, 'leave' as const), which: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        line = new FairLine({ atOnceMax: 2, perLineMax: 3, waitingMax: 7 });
        [began, ends, pushedOut] = [[], [], []];
        const waiting = new Map<string, () => void>();
        const over = (): void => {
          for (const one of [...began, ...pushedOut]) waiting.delete(one);
        };
        for (const [i, one] of steps.entries()) {
          if (one.kind === 'enter') {
            const leave = enterAt(one.name, `${i}`);
            if (leave !== undefined) waiting.set(`${i}`, leave);
          } else if (one.kind === 'end') end();
          else {
            const chosen = [...waiting][one.which];
            chosen?.[1]();
            waiting.delete(chosen?.[0] ?? '');
          }
          over();
          expect(waiting.size).to.be.at.most(7);
          expect(ends.length === 2 || waiting.size === 0, 'nobody waits in vain').to.equal(true);
        }
        while (ends.length > 0) end();
        over();
        expect(waiting.size).to.equal(0);
        expect(new Set([...began, ...pushedOut])).to.have.property('size', began.length + pushedOut.length);
      }),
    );
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
