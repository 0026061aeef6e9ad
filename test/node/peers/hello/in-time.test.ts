/**
 * How long it takes until an operator can read what is wrong: 15 s for another chain, another genesis or a stranger's key,
 * 90 s for a copied key. By a clock that the test moves; what moves it on is counted, not measured.
 */
import { expect } from 'chai';
import { toHex } from '../../../../core/bytes.ts';
import { limits } from '../../../../core/limits.ts';
import type { Clock } from '../../../../core/ports.ts';
import { ANSWER_MS } from '../../../../node/peers/hello/ask-api.ts';
import { Stranger } from '../../../../node/peers/hello/stranger.ts';
import { keyOf } from '../../../chain/world.ts';
import { type MovingClock, movingClock } from '../../moving-clock.ts';
import { quiet } from '../../replicas.ts';
import { CHAIN, Greeters, type GreetingNode, OTHER_CHAIN } from './greeters.ts';

const SECOND_MS = 1_000;
const SOON_MS = 15_000;
const TWIN_MS = 90_000;

describe('what is said in time', () => {
  describe('by hello', () => {
    let greeters: Greeters;
    beforeEach(() => {
      greeters = new Greeters();
    });
    afterEach(() => greeters.stop());

    const both = (...nodes: readonly GreetingNode[]) => nodes.map(({ log }) => log.length);

    it('chain.other: at both ends with the first hello, whoever says it', async () => {
      const [ann, bob] = [greeters.nodeOf('ann'), greeters.nodeOf('bob', OTHER_CHAIN)];
      greeters.connect(ann, 'bob', bob);
      await greeters.pass(SECOND_MS);
      expect(both(ann, bob)).to.deep.equal([1, 1]);
    });

    it('chain.other: within 15 s, although the first hellos of both get lost', async () => {
      const [ann, bob] = [greeters.nodeOf('ann'), greeters.nodeOf('bob', OTHER_CHAIN)];
      greeters.connect(ann, 'bob', bob, 3);
      greeters.connect(bob, 'ann', ann, 3);
      await greeters.pass(8 * SECOND_MS);
      expect(both(ann, bob)).to.deep.equal([0, 0]);
      await greeters.pass(SOON_MS - 8 * SECOND_MS);
      expect(both(ann, bob)).to.deep.equal([1, 1]);
    });

    it('goes back to a hello each minute when nobody answers the first ones', async () => {
      const [ann, bob] = [greeters.nodeOf('ann'), greeters.nodeOf('bob')];
      greeters.connect(ann, 'bob', bob, Number.POSITIVE_INFINITY);
      await greeters.pass(SOON_MS);
      expect(greeters.clock.waiting, 'one alarm of each').to.equal(2);
    });

    // The original says hello each minute, so it matters when in that minute the copy comes.
    for (const second of [0, 1, 9, 10, 29, 31, 50, 58, 59]) {
      it(`node.twin: within 90 s at both, when the copy begins ${second} s after a hello of the original`, async () => {
        const [one, two, bob] = [greeters.nodeOf('ann'), greeters.nodeOf('ann'), greeters.nodeOf('bob')];
        greeters.connect(one, 'bob', bob);
        await greeters.pass(10 * limits.helloEveryMs + second * SECOND_MS);
        greeters.connect(two, 'bob', bob);
        expect(both(one, two)).to.deep.equal([0, 0]);
        await greeters.pass(TWIN_MS);
        for (const { log, greeter } of [one, two]) {
          expect(log).to.have.length(1);
          expect(log[0]).to.match(/^node\.twin: /);
          expect(greeter.isTwin).to.equal(true);
        }
      });
    }

    it('node.twin: within 90 s, when only one of three members hears of both, and hellos get lost', async () => {
      const [one, two] = [greeters.nodeOf('ann'), greeters.nodeOf('ann')];
      const members = ['bob', 'cid', 'dan'].map((name) => [name, greeters.nodeOf(name)] as const);
      for (const [name, node] of members.slice(0, 2)) greeters.connect(one, name, node);
      await greeters.pass(10 * limits.helloEveryMs + SECOND_MS);
      for (const [name, node] of members.slice(1)) greeters.connect(two, name, node, 2);
      await greeters.pass(TWIN_MS);
      expect(both(one, two)).to.deep.equal([1, 1]);
    });
  });

  describe('by the API of the others', () => {
    const words = {
      'chain.other': { chain: OTHER_CHAIN, members: ['ann', 'eve'] },
      'member.unknown': { chain: CHAIN, members: ['ann', 'bob'] },
      'member.unreachable': { chain: CHAIN, members: ['ann', 'eve'] },
    } as const;
    for (const [code, answers] of Object.entries(words)) {
      it(`${code}: within 15 s, although each answer takes as long as it may`, async () => {
        const clock = movingClock();
        const said: string[] = [];
        const told = {
          status: { chain: { id: toHex(answers.chain) } },
          members: { members: answers.members.map((name) => ({ key: toHex(keyOf(name)) })) },
        };
        const stranger = new Stranger({
          clock,
          log: { ...quiet, error: (message) => void said.push(message) },
          key: keyOf('eve'),
          chainId: CHAIN,
          peers: () => 0,
          height: () => 0,
          members: () => ['ann', 'bob', 'cid', 'dan'].map((name) => ({ key: keyOf(name), api: name })),
          ask: (_, call) => later(clock, ANSWER_MS, told[call]),
        });
        stranger.start();
        await passes(clock, limits.strangerMs + ANSWER_MS - 1);
        expect(said, 'nobody has answered yet').to.deep.equal([]);
        await passes(clock, SOON_MS - limits.strangerMs - ANSWER_MS + 1);
        stranger.stop();
        expect(said).to.have.length(1);
        expect(said[0]).to.match(new RegExp(`^${code.replace('.', '\\.')}: `));
      });
    }
  });
});

function later<T>(clock: Clock, ms: number, value: T): Promise<T> {
  return new Promise((resolve) => clock.after(ms, () => resolve(value)));
}

/** Second by second, so that what is asked is answered in between. */
async function passes(clock: MovingClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= SECOND_MS) {
    clock.pass(Math.min(SECOND_MS, left));
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}
