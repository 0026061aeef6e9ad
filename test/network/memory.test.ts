import { expect } from 'chai';
import { utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { DeliveryKind } from '../../network/memory.ts';
import { expectFault } from '../contracts/fault.ts';
import { type Federation, networkContract } from '../contracts/network.ts';
import { memoryFederation } from './federations.ts';
import { type Peer, short } from './recorder.ts';

describe('the network in memory', () => {
  describe('as every network', () => {
    networkContract((count) => memoryFederation(count));
  });

  describe('under a hand that delivers', () => {
    let federation: Federation;
    let waiting: { kind: DeliveryKind; run: () => void }[];
    let a: Peer;
    let b: Peer;

    beforeEach(async () => {
      waiting = [];
      federation = await memoryFederation(2, (_from, _to, kind, _bytes, run) => waiting.push({ kind, run }));
      [a, b] = federation.peers as [Peer, Peer];
      await Promise.all([a.network.start(), b.network.start()]);
    });

    afterEach(() => federation.stop());

    it('delivers when told to, in any order, or never', () => {
      for (const text of ['one', 'two', 'three']) a.network.send(b.key, utf8(text));
      expect(b.heard.events).to.deep.equal([`connected ${short(a.key)}`]);
      waiting[2]!.run();
      waiting[0]!.run();
      expect(b.heard.events.slice(1)).to.deep.equal([
        `frame ${short(a.key)} three`,
        `frame ${short(a.key)} one`,
      ]);
    });

    it('delivers nothing to a peer that is gone meanwhile', async () => {
      a.network.send(b.key, utf8('one'));
      a.network.publish('blocks', utf8('two'));
      await b.network.stop();
      for (const { run } of waiting) run();
      expect(b.heard.events.slice(1)).to.deep.equal([`disconnected ${short(a.key)}`]);
    });

    it('answers network.timeout when the question or the answer is lost', async () => {
      const answer = expectFault('network.timeout', () => a.network.request(b.key, 'echo', utf8('?')));
      expect(waiting.map(({ kind }) => kind)).to.deep.equal(['request']);
      federation.clock.advance(limits.requestTimeoutMs);
      await answer;
    });

    it('gossips the same bytes again once they are forgotten', () => {
      a.network.publish('blocks', utf8('news'));
      a.network.publish('blocks', utf8('news'));
      expect(waiting).to.have.lengthOf(1);
      federation.clock.advance(limits.gossipSeenMs);
      a.network.publish('blocks', utf8('news'));
      expect(waiting).to.have.lengthOf(2);
    });

    it('sees a line that is cut, and mended', () => {
      federation.line!(0, 1, false);
      expect(a.network.peers()).to.deep.equal([]);
      federation.line!(0, 1, true);
      expect(a.network.peers()).to.deep.equal([b.key]);
      expect(a.heard.events).to.deep.equal(
        ['connected', 'disconnected', 'connected'].map((event) => `${event} ${short(b.key)}`),
      );
    });
  });
});
