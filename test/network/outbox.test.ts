import { expect } from 'chai';
import fc from 'fast-check';
import { Outbox } from '../../network/outbox.ts';

const frame = (size: number, mark = 0): Uint8Array => new Uint8Array(size).fill(mark);

describe('the outbox', () => {
  it('drops the oldest beyond its number, and says how many', () => {
    const outbox = new Outbox({ framesMax: 2, bytesMax: 100 });
    expect([1, 2, 3].map((mark) => outbox.push(frame(1, mark)))).to.deep.equal([0, 0, 1]);
    expect(outbox.take(100)).to.deep.equal([frame(1, 2), frame(1, 3)]);
  });

  it('drops the oldest beyond its bytes', () => {
    const outbox = new Outbox({ framesMax: 10, bytesMax: 10 });
    outbox.push(frame(4, 1));
    outbox.push(frame(4, 2));
    expect(outbox.push(frame(10, 3))).to.equal(2);
    expect(outbox.take(1)).to.deep.equal([frame(10, 3)]);
  });

  it('gives as many as fit, at least one, and nothing when empty', () => {
    const outbox = new Outbox({ framesMax: 10, bytesMax: 100 });
    expect(outbox.take(10)).to.deep.equal([]);
    for (const size of [20, 5, 5, 1]) outbox.push(frame(size));
    expect(outbox.take(10).map(({ length }) => length)).to.deep.equal([20]);
    expect(outbox.take(10).map(({ length }) => length)).to.deep.equal([5, 5]);
    expect(outbox.size).to.equal(1);
  });

  it('keeps the newest in order within its bounds, whatever is done', () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant('take' as const)));
    fc.assert(
      fc.property(steps, (all) => {
        const outbox = new Outbox({ framesMax: 5, bytesMax: 60 });
        let model: Uint8Array[] = [];
        for (const step of all) {
          if (step === 'take') {
            const taken = outbox.take(30);
            expect(taken).to.deep.equal(model.slice(0, taken.length));
            model = model.slice(taken.length);
          } else {
            model.push(frame(step));
            const dropped = outbox.push(model.at(-1)!);
            model = model.slice(dropped);
          }
          expect(outbox.size).to.equal(model.length);
          expect(model.length).to.be.at.most(5);
          expect(model.reduce((sum, { length }) => sum + length, 0)).to.be.at.most(60);
        }
      }),
    );
  });
});
