import { expect } from 'chai';
import fc from 'fast-check';
import { type Done, FairQueue, type QueueBounds, type QueueName } from '../../core/fair-queue.ts';

describe('a fair queue', () => {
  let queue: FairQueue;
  /** In the order in which they began; what ends them. */
  let began: string[];
  let ends: Done[];
  let pushedOut: string[];

  beforeEach(() => {
    queue = new FairQueue({ atOnceMax: 1, perQueueMax: 3, waitingMax: 5 });
    [began, ends, pushedOut] = [[], [], []];
  });

  const enter = (queue: string, name = queue) => enterAt(['all', queue], name);
  const enterAt = (at: QueueName, name: string) =>
    queue.enter(at, {
      begin(done) {
        began.push(name);
        ends.push(done);
      },
      pushedOut: () => void pushedOut.push(name),
    });
  const end = (again?: boolean): void => ends.shift()?.(again);

  it('lets clients take turns: who asks for much waits for himself', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4']) expect(enter('a', name)).not.to.equal(undefined);
    enter('b');
    for (let i = 0; i < 5; i++) end();
    expect(began).to.deep.equal(['a1', 'a2', 'b', 'a3', 'a4']);
  });

  it('has so many under way at once, and begins the next when one ends', () => {
    queue = new FairQueue({ atOnceMax: 2, perQueueMax: 3, waitingMax: 5 });
    for (const name of ['a1', 'a2', 'a3']) enter('a', name);
    expect(began).to.deep.equal(['a1', 'a2']);
    end();
    expect(began).to.deep.equal(['a1', 'a2', 'a3']);
  });

  it('takes no more of one client, and lets a short queue in at the cost of the end of the longest', () => {
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

  it('lets groups take turns, however many queues one has', () => {
    queue = new FairQueue({ atOnceMax: 1, perQueueMax: 3, waitingMax: 500 });
    for (let i = 0; i < 50; i++) enterAt(['others', 'network', `${i}`], `network ${i}`);
    enterAt(['others', 'elsewhere', 'a'], 'elsewhere');
    enterAt(['readers', 'a'], 'reader');
    for (let i = 0; i < 3; i++) end();
    expect(began).to.deep.equal(['network 0', 'network 1', 'reader', 'elsewhere']);
    for (let i = 0; i < 50; i++) end();
    expect(began).to.have.length(52);
    expect(began.slice(4)).to.deep.equal(Array.from({ length: 48 }, (_, i) => `network ${i + 2}`));
  });

  it('goes on with what has begun when its queue has its next turn, and with nothing else of it before', () => {
    for (const name of ['a1', 'a2']) enter('a', name);
    for (const name of ['b1', 'b2']) enter('b', name);
    end(true);
    end(true);
    expect(began).to.deep.equal(['a1', 'b1', 'a1']);
    for (let i = 0; i < 4; i++) end();
    expect(began).to.deep.equal(['a1', 'b1', 'a1', 'b1', 'a2', 'b2']);
  });

  it('keeps the place of what has begun, however full it is', () => {
    for (const name of ['a1', 'a2', 'a3', 'a4']) enter('a', name);
    expect(enter('a', 'a5')).to.equal(undefined);
    end(true);
    end();
    expect(began).to.deep.equal(['a1', 'a1', 'a2']);
    expect(pushedOut).to.deep.equal([]);
  });

  it('makes room in the largest group, at the end of its longest queue, and never in another of the widest', () => {
    queue = new FairQueue({ atOnceMax: 1, perQueueMax: 3, waitingMax: 6 });
    for (let i = 0; i < 7; i++) enterAt(['readers', `${i}`], `reader ${i}`);
    for (const name of ['a1', 'a2', 'a3']) enterAt(['others', 'one', 'a'], name);
    for (const name of ['b1', 'b2']) enterAt(['others', 'one', 'b'], name);
    enterAt(['others', 'two', 'c'], 'c1');
    enterAt(['others', 'two', 'd'], 'd1');
    expect(pushedOut).to.deep.equal(['a3']);
    enterAt(['others', 'two', 'e'], 'e1');
    expect(pushedOut, 'of two queues that are as long').to.deep.equal(['a3', 'b2']);
    expect(enterAt(['others', 'one', 'f'], 'f1'), 'a has more than f would').not.to.equal(undefined);
    expect(pushedOut).to.deep.equal(['a3', 'b2', 'a2']);
    expect(enterAt(['others', 'one', 'g'], 'g1'), 'nobody of its network has').to.equal(undefined);
    expect(enterAt(['readers', '0'], 'one more'), 'readers have their places').to.equal(undefined);
    expect(pushedOut.filter((name) => name.startsWith('reader'))).to.deep.equal([]);
  });

  it('does as a slow model does (property)', () => {
    const name = fc.oneof(
      fc.tuple(fc.constant('readers'), fc.constantFrom('a', 'b', 'c')),
      fc.tuple(fc.constant('others'), fc.constantFrom('a', 'b'), fc.constantFrom('c', 'd', 'e')),
    );
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('enter' as const), name }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('end' as const), again: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), which: fc.nat(9) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 2 }), (steps, atOnceMax) => {
        const bounds = { atOnceMax, perQueueMax: 3, waitingMax: 5 };
        queue = new FairQueue(bounds);
        [began, ends, pushedOut] = [[], [], []];
        const model = new SlowQueue(bounds);
        const leaves = new Map<string, () => void>();
        for (const [i, one] of steps.entries()) {
          if (one.kind === 'enter') {
            const leave = enterAt(one.name, `${i}`);
            expect(leave !== undefined).to.equal(model.enter(one.name, `${i}`));
            if (leave !== undefined) leaves.set(`${i}`, leave);
          } else if (one.kind === 'end') {
            end(one.again);
            model.end(one.again);
          } else {
            const chosen = model.waiting[one.which]?.id ?? model.began[0];
            if (chosen !== undefined) leaves.get(chosen)?.();
            model.leave(chosen);
          }
          expect({ began, pushedOut }).to.deep.equal({ began: model.began, pushedOut: model.pushedOut });
        }
      }),
      { numRuns: 500 },
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

type Entry = { readonly name: QueueName; readonly id: string };

/** The same rule over a plain list: a branch has a number, the later the later its turn. */
class SlowQueue {
  readonly began: string[] = [];
  readonly pushedOut: string[] = [];
  /** In each queue in its order. */
  waiting: Entry[] = [];
  readonly #bounds: QueueBounds;
  readonly #underWay: Entry[] = [];
  readonly #turns = new Map<string, number>();
  #turn = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  enter(name: QueueName, id: string): boolean {
    const { perQueueMax, waitingMax } = this.#bounds;
    if (this.#size(name) >= perQueueMax) return false;
    if (this.#size([name[0]]) >= waitingMax) {
      const out = this.#out(name);
      if (out === undefined) return false;
      this.#drop(out);
      this.pushedOut.push(out.id);
    }
    this.#add({ name, id }, false);
    this.#serve();
    return true;
  }

  end(again: boolean): void {
    const entry = this.#underWay.shift();
    if (entry === undefined) return;
    if (again) this.#add(entry, true);
    this.#serve();
  }

  leave(id: string | undefined): void {
    const entry = this.waiting.find((one) => one.id === id);
    if (entry !== undefined) this.#drop(entry);
  }

  #serve(): void {
    while (this.#underWay.length < this.#bounds.atOnceMax && this.waiting.length > 0) {
      let at: string[] = [];
      for (let below = this.#below(at); below.length > 0; below = this.#below(at)) {
        at = below.reduce((a, b) => (this.#turnOf(a) < this.#turnOf(b) ? a : b));
        this.#turns.set(at.join(), ++this.#turn);
      }
      const entry = this.waiting.find(({ name }) => name.join() === at.join())!;
      this.#drop(entry);
      this.#underWay.push(entry);
      this.began.push(entry.id);
    }
  }

  /** Whoever leaves for one of this name. */
  #out(name: QueueName): Entry | undefined {
    for (let depth = 1; depth < name.length; depth++) {
      const own = name.slice(0, depth + 1);
      const longer = this.#below(name.slice(0, depth)).filter(
        (one) => one.join() !== own.join() && this.#size(one) > this.#size(own) + 1,
      );
      if (longer.length === 0) continue;
      let at = this.#longest(longer);
      for (let below = this.#below(at); below.length > 0; below = this.#below(at)) at = this.#longest(below);
      return this.waiting.filter((one) => one.name.join() === at.join()).at(-1);
    }
    return undefined;
  }

  #longest(all: readonly string[][]): string[] {
    const most = Math.max(...all.map((one) => this.#size(one)));
    const longest = all.filter((one) => this.#size(one) === most);
    return longest.reduce((a, b) => (this.#turnOf(a) > this.#turnOf(b) ? a : b));
  }

  #add(entry: Entry, isFirst: boolean): void {
    for (let depth = 1; depth <= entry.name.length; depth++) {
      const branch = entry.name.slice(0, depth);
      if (isFirst || this.#size(branch) === 0) this.#turns.set(branch.join(), ++this.#turn);
    }
    this.waiting = isFirst ? [entry, ...this.waiting] : [...this.waiting, entry];
  }

  #drop(entry: Entry): void {
    this.waiting = this.waiting.filter((one) => one !== entry);
  }

  #size(branch: readonly string[]): number {
    return this.waiting.filter(({ name }) => branch.every((part, i) => name[i] === part)).length;
  }

  #below(branch: readonly string[]): string[][] {
    const all = this.waiting
      .map(({ name }) => name)
      .filter((name) => name.length > branch.length && branch.every((part, i) => name[i] === part));
    return [...new Map(all.map((name) => [name[branch.length], name.slice(0, branch.length + 1)])).values()];
  }

  #turnOf(branch: readonly string[]): number {
    return this.#turns.get(branch.join()) ?? 0;
  }
}
