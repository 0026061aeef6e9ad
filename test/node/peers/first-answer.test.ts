import { expect } from 'chai';
import { equalBytes } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { firstAnswer } from '../../../node/peers/first-answer.ts';
import { keyOf } from '../../chain/world.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';

describe('the first answer of many members', () => {
  const [ann, bob, cid] = ['ann', 'bob', 'cid'].map(keyOf) as [PeerKey, PeerKey, PeerKey];
  let clock: MovingClock;
  let asked: PeerKey[];
  const note =
    (answer: (peer: PeerKey) => Promise<string | undefined>) =>
    (peer: PeerKey): Promise<string | undefined> => {
      asked.push(peer);
      return answer(peer);
    };

  beforeEach(() => {
    clock = movingClock();
    asked = [];
  });

  it('is that of the first, and nobody else is asked', async () => {
    const { answer } = firstAnswer(
      clock,
      [ann, bob],
      note(async () => 'here'),
    );
    expect(await answer).to.equal('here');
    clock.pass(60_000);
    expect(asked).to.deep.equal([ann]);
  });

  it('comes from the next one when a member has none, or is silent', async () => {
    const silent = new Promise<undefined>(() => {});
    const { answer } = firstAnswer(
      clock,
      [ann, bob, cid],
      note((peer) => {
        if (equalBytes(peer, ann)) return silent;
        return Promise.resolve(equalBytes(peer, bob) ? undefined : 'here');
      }),
    );
    expect(asked).to.deep.equal([ann]);
    clock.pass(1_000);
    expect(await answer).to.equal('here');
    expect(asked).to.deep.equal([ann, bob, cid]);
  });

  it('is still taken from one that was late', async () => {
    const late = Promise.withResolvers<string>();
    const { answer } = firstAnswer(
      clock,
      [ann, bob],
      note((peer) => (equalBytes(peer, ann) ? late.promise : Promise.resolve(undefined))),
    );
    clock.pass(1_000);
    late.resolve('after all');
    expect(await answer).to.equal('after all');
  });

  it('is none when nobody has one, or nobody is there', async () => {
    expect(
      await firstAnswer(
        clock,
        [ann, bob],
        note(async () => undefined),
      ).answer,
    ).to.equal(undefined);
    expect(asked).to.deep.equal([ann, bob]);
    expect(
      await firstAnswer(
        clock,
        [],
        note(async () => 'here'),
      ).answer,
    ).to.equal(undefined);
  });

  it('is wanted no more after a stop: nobody else is asked, and no timer is left', async () => {
    const silent = new Promise<undefined>(() => {});
    const search = firstAnswer(
      clock,
      [ann, bob, cid],
      note(() => silent),
    );
    clock.pass(limits.answerPatienceMs);
    expect(asked).to.deep.equal([ann, bob]);
    search.stop();
    clock.pass(60_000);
    expect(asked).to.deep.equal([ann, bob]);
    expect(clock.waiting).to.equal(0);
  });
});
