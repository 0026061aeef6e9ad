import { expect } from 'chai';
import { limits } from '../../../core/limits.ts';
import { accept, ignore } from '../../../core/verdict.ts';
import { GossipHandlers } from '../../../node/peers/gossip-handlers.ts';
import {
  EVIDENCE_TOPIC,
  HEAD_TOPIC,
  type TopicName,
  TRANSACTIONS_TOPIC,
} from '../../../node/peers/protocol-names.ts';
import { keyOf } from '../../chain/world.ts';
import { movingClock } from '../moving-clock.ts';

const NOTHING = new Uint8Array(0);

describe('what members tell all', () => {
  const [ann, bob] = [keyOf('ann'), keyOf('bob')];

  it('request.not-found: counts against who passes on what no room hears', () => {
    expect(handlersOf({}).receive(HEAD_TOPIC, ann, NOTHING)).to.deep.equal({
      kind: 'reject',
      code: 'request.not-found',
    });
  });

  it('gossip.too-much: is paid for by who passes it on, for each topic by itself, and comes again with time', () => {
    const clock = movingClock();
    const handlers = handlersOf({ [HEAD_TOPIC]: 1, [EVIDENCE_TOPIC]: 2 }, clock);
    const heard = (topic: TopicName, from = ann): number => {
      let count = 0;
      for (; ; count++) {
        const verdict = handlers.receive(topic, from, NOTHING);
        if (!('kind' in verdict) || verdict.kind !== 'accept') {
          expect(verdict).to.deep.equal(ignore('gossip.too-much'));
          return count;
        }
      }
    };
    expect(heard(HEAD_TOPIC)).to.equal(limits.gossipPerPeerMax);
    expect(heard(EVIDENCE_TOPIC), 'another topic, that costs twice as much').to.equal(
      limits.gossipPerPeerMax / 2,
    );
    expect(heard(HEAD_TOPIC, bob), 'of another member').to.equal(limits.gossipPerPeerMax);
    clock.pass(1_000);
    expect(heard(HEAD_TOPIC)).to.equal(limits.gossipPerPeerPerSecond);
  });

  it('costs nothing here where the room keeps accounts of its own', () => {
    const handlers = handlersOf({ [TRANSACTIONS_TOPIC]: 0 });
    for (let i = 0; i < 2 * limits.gossipPerPeerMax; i++) {
      expect(handlers.receive(TRANSACTIONS_TOPIC, ann, NOTHING)).to.deep.equal(accept());
    }
  });

  function handlersOf(
    costs: { readonly [topic in TopicName]?: number },
    clock = movingClock(),
  ): GossipHandlers {
    const handlers = new GossipHandlers(clock);
    for (const [topic, cost] of Object.entries(costs)) {
      handlers.add({ topic: topic as TopicName, cost, receive: () => accept() });
    }
    return handlers;
  }
});
