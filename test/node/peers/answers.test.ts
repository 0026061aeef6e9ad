import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { Answers } from '../../../node/peers/answers.ts';
import { HEAD_PROTOCOL, TESTIMONY_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { keyOf } from '../../chain/world.ts';
import { expectFault } from '../../contracts/fault.ts';
import { movingClock } from '../moving-clock.ts';
import { quiet } from '../replicas.ts';

const NOTHING = new Uint8Array(0);

describe('answers to members', () => {
  const [ann, bob] = [keyOf('ann'), keyOf('bob')];

  it('are paid for in bytes, by each member for itself, and come again with time', async () => {
    const clock = movingClock();
    const whole = new Uint8Array(limits.frameBytesMax);
    const answers = new Answers({ clock, log: quiet, answer: async () => whole });
    let given = 0;
    const ask = async (): Promise<void> => {
      given += (await answers.answer('range', ann, NOTHING)).length;
    };
    await expectFault('network.overloaded', async () => {
      for (;;) await ask();
    });
    expect(given).to.be.within(limits.answerBytesPerPeerMax / 2, limits.answerBytesPerPeerMax + whole.length);
    expect(await answers.answer('range', bob, NOTHING)).to.equal(whole);
    clock.pass(10_000);
    const before = given;
    await expectFault('network.overloaded', async () => {
      for (;;) await ask();
    });
    expect(given - before).to.be.within(
      5 * limits.answerBytesPerPeerPerSecond,
      10 * limits.answerBytesPerPeerPerSecond + whole.length,
    );
  });

  it('cost something, however short they are, and more when they take long to be made', async () => {
    const clock = movingClock();
    const costs = {
      [HEAD_PROTOCOL]: limits.answerCostBytes,
      [TESTIMONY_PROTOCOL]: limits.rareAnswerCostBytes,
    };
    for (const [protocol, cost] of Object.entries(costs)) {
      const answers = new Answers({ clock, log: quiet, answer: async () => NOTHING });
      let count = 0;
      await expectFault('network.overloaded', async () => {
        for (; ; count++) await answers.answer(protocol, ann, NOTHING);
      });
      expect(count, protocol).to.equal(limits.answerBytesPerPeerMax / cost);
    }
  });

  it('are not given when they are longer than a frame, and said to be so', async () => {
    const said: string[] = [];
    const log = { ...quiet, error: (message: string) => void said.push(message) };
    const answer = async () => new Uint8Array(limits.frameBytesMax + 1);
    const answers = new Answers({ clock: movingClock(), log, answer });
    await expectFault('network.overloaded', () => answers.answer('snapshot', ann, NOTHING));
    expect(said).to.deep.equal(['an answer is too long to be sent']);
  });
});
