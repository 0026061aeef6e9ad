import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Engine } from '../../../node/engine/engine.ts';
import type { EvidenceKeeper } from '../../../node/engine/evidence-keeper.ts';
import { engineProtocols } from '../../../node/engine/protocols.ts';
import type { Ledger } from '../../../node/ledger/ledger.ts';
import { serveChain } from '../../../node/ledger/server.ts';
import {
  HEAD_PROTOCOL,
  RANGE_PROTOCOL,
  type RequestName,
  SNAPSHOT_PROTOCOL,
  VOTE_REPORT_PROTOCOL,
} from '../../../node/peers/protocol-names.ts';
import { RequestHandlers } from '../../../node/peers/request-handlers.ts';
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
    const requests = answering({ clock, log: quiet }, RANGE_PROTOCOL, whole);
    let given = 0;
    const ask = async (): Promise<void> => {
      given += (await requests.answer('range', ann, NOTHING)).length;
    };
    await expectFault('network.overloaded', async () => {
      for (;;) await ask();
    });
    expect(given).to.be.within(limits.answerBytesPerPeerMax / 2, limits.answerBytesPerPeerMax + whole.length);
    expect(await requests.answer('range', bob, NOTHING)).to.equal(whole);
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
      [VOTE_REPORT_PROTOCOL]: limits.rareAnswerCostBytes,
    };
    for (const [protocol, cost] of Object.entries(costs)) {
      const requests = new RequestHandlers({ clock, log: quiet });
      // Priced as the rooms price them.
      for (const row of [
        ...serveChain({} as Ledger),
        ...engineProtocols({} as Engine, {} as EvidenceKeeper),
      ]) {
        if ('request' in row) requests.add({ ...row, answer: () => NOTHING });
      }
      let count = 0;
      await expectFault('network.overloaded', async () => {
        for (; ; count++) await requests.answer(protocol, ann, NOTHING);
      });
      expect(count, protocol).to.equal(limits.answerBytesPerPeerMax / cost);
    }
  });

  it('are not given when they are longer than a frame, and said to be so', async () => {
    const said: string[] = [];
    const log = { ...quiet, error: (message: string) => void said.push(message) };
    const long = new Uint8Array(limits.frameBytesMax + 1);
    const requests = answering({ clock: movingClock(), log }, SNAPSHOT_PROTOCOL, long);
    await expectFault('network.overloaded', () => requests.answer('snapshot', ann, NOTHING));
    expect(said).to.deep.equal(['an answer is too long to be sent']);
  });

  function answering(
    ports: { readonly clock: Clock; readonly log: Log },
    request: RequestName,
    answer: Uint8Array,
  ): RequestHandlers {
    const requests = new RequestHandlers(ports);
    requests.add({ request, costBytes: limits.answerCostBytes, answer: () => answer });
    return requests;
  }
});
