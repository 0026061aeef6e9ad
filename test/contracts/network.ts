/** What every network does, over whatever it runs: held against libp2p and against its twin in memory. */
import { expect } from 'chai';
import { AssertionFailed } from '../../core/assert.ts';
import { equalBytes, fromUtf8, toHex, utf8 } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { ignore, reject } from '../../core/verdict.ts';
import type { TestClock } from '../network/clock.ts';
import { meshed, type Peer, short } from '../network/recorder.ts';
import { expectFault } from './fault.ts';

export const TOPICS = ['transactions', 'blocks'];
export const PROTOCOLS = ['echo', 'slow'];

export type Federation = {
  readonly clock: TestClock;
  /** Members of one federation, each knowing all; not started. */
  readonly peers: readonly Peer[];
  /** The same peer again, after a stop. */
  restart(index: number): Promise<Peer>;
  /** From now on these are the members, by index, at every peer. */
  setMembers(indexes: readonly number[]): void;
  /** Cuts or mends the line between two peers, where the network can. */
  readonly line?: (a: number, b: number, up: boolean) => void;
  stop(): Promise<void>;
};

/** @param make - a federation of so many peers. */
export function networkContract(make: (count: number) => Promise<Federation>): void {
  let federation: Federation;
  let a: Peer;
  let b: Peer;
  let c: Peer;

  beforeEach(async () => {
    federation = await make(3);
    [a, b, c] = federation.peers as [Peer, Peer, Peer];
    await Promise.all(federation.peers.map(({ network }) => network.start()));
    await meshed(federation.peers);
  });

  afterEach(() => federation.stop());

  it('connects all members, and tells each once', () => {
    for (const peer of federation.peers) {
      const others = federation.peers.filter((other) => other !== peer).map(({ key }) => toHex(key));
      expect(peer.network.peers().map(toHex)).to.have.members(others);
      expect(peer.heard.events.filter((event) => event.startsWith('connected'))).to.have.lengthOf(2);
    }
  });

  it('delivers frames to one peer, whole and in order', async () => {
    const sent = Array.from({ length: 300 }, (_, n) => `frame ${n}`);
    for (const text of sent) b.network.send(a.key, utf8(text));
    await a.heard.until(() => framesOf(a).length === sent.length);
    expect(framesOf(a)).to.deep.equal(sent.map((text) => `frame ${short(b.key)} ${text}`));
    expect(framesOf(c)).to.deep.equal([]);
  });

  it('delivers a frame as large as frames may be, and small ones around it', async () => {
    a.network.send(b.key, utf8('before'));
    a.network.send(b.key, new Uint8Array(limits.frameBytesMax));
    a.network.send(b.key, utf8('after'));
    await b.heard.until(() => framesOf(b).length === 3);
    expect(framesOf(b)).to.deep.equal(
      ['before', `${limits.frameBytesMax} bytes`, 'after'].map((text) => `frame ${short(a.key)} ${text}`),
    );
  });

  it('takes no frame that is empty or too long: that is a mistake of ours', () => {
    expect(() => a.network.send(b.key, new Uint8Array(0))).to.throw(AssertionFailed);
    expect(() => a.network.send(b.key, new Uint8Array(limits.frameBytesMax + 1))).to.throw(AssertionFailed);
    expect(() => a.network.publish('weather', utf8('sun'))).to.throw(AssertionFailed);
  });

  it('drops frames to strangers without a word', () => {
    a.network.send(new Uint8Array(32).fill(9), utf8('anybody?'));
  });

  it('gossips to every other member, once, and not to oneself', async () => {
    a.network.publish('transactions', utf8('batch'));
    await Promise.all([b, c].map(({ heard }) => heard.until(() => heard.events.some(isGossip))));
    b.network.publish('blocks', utf8('marker'));
    const marked = (peer: Peer) => peer.heard.until(() => peer.heard.events.includes('gossip blocks marker'));
    await Promise.all([marked(a), marked(c)]);
    expect(a.heard.events.filter(isGossip)).to.deep.equal(['gossip blocks marker']);
    expect(b.heard.events.filter(isGossip)).to.deep.equal(['gossip transactions batch']);
    expect(c.heard.events.filter(isGossip)).to.deep.equal([
      'gossip transactions batch',
      'gossip blocks marker',
    ]);
  });

  it('gossips a message as large as messages may be', async () => {
    a.network.publish('blocks', new Uint8Array(limits.gossipMessageBytesMax));
    const whole = `gossip blocks ${limits.gossipMessageBytesMax} bytes`;
    await Promise.all([b, c].map(({ heard }) => heard.until(() => heard.events.includes(whole))));
  });

  it('goes on after messages that were ignored, rejected, or judged late', async () => {
    b.heard.verdict = async (_topic, _from, bytes) => {
      const text = fromUtf8(bytes);
      if (text === 'good') return { kind: 'accept', value: undefined };
      return text === 'bad' ? reject('codec.malformed') : ignore('transaction.known');
    };
    for (const text of ['bad', 'stale', 'good']) a.network.publish('transactions', utf8(text));
    await b.heard.until(() => b.heard.events.filter(isGossip).length === 3);
  });

  it('asks and answers', async () => {
    b.heard.answer = async (protocol, from, bytes) => utf8(`${protocol} ${short(from)} ${fromUtf8(bytes)}`);
    const answer = await a.network.request(b.key, 'echo', utf8('hello'));
    expect(fromUtf8(answer)).to.equal(`echo ${short(a.key)} hello`);
  });

  it('asks and answers with nothing, and with as much as there may be', async () => {
    expect(await a.network.request(b.key, 'echo', new Uint8Array(0))).to.deep.equal(new Uint8Array(0));
    const question = new Uint8Array(limits.questionBytesMax).fill(7);
    expect(equalBytes(await a.network.request(b.key, 'echo', question), question)).to.equal(true);
    const large = new Uint8Array(limits.frameBytesMax).fill(7);
    b.heard.answer = async () => large;
    expect(equalBytes(await a.network.request(b.key, 'echo', question), large)).to.equal(true);
  });

  it('answers many at once, each with its own', async () => {
    const questions = Array.from({ length: 40 }, (_, n) => utf8(`${n}`));
    const answers = await Promise.all(questions.map((bytes) => a.network.request(b.key, 'echo', bytes)));
    expect(answers).to.deep.equal(questions);
  });

  it('answers network.unreachable for a stranger, an unknown protocol, and a peer that refuses', async () => {
    const nobody = new Uint8Array(32).fill(9);
    await expectFault('network.unreachable', () => a.network.request(nobody, 'echo', utf8('?')));
    await expectFault('network.unreachable', () => a.network.request(b.key, 'unheard-of', utf8('?')));
    b.heard.answer = () => Promise.reject(new Fault('store.failed', 'no'));
    await expectFault('network.unreachable', () => a.network.request(b.key, 'echo', utf8('?')));
    b.heard.answer = async () => utf8('again');
    expect(await a.network.request(b.key, 'echo', utf8('?'))).to.deep.equal(utf8('again'));
  });

  it('answers network.timeout when the peer takes too long', async () => {
    const { promise: asked, resolve: nowAsked } = Promise.withResolvers<void>();
    b.heard.answer = () => {
      nowAsked();
      return new Promise(() => {});
    };
    const answer = expectFault('network.timeout', () => a.network.request(b.key, 'slow', utf8('?')));
    await asked;
    federation.clock.advance(limits.requestTimeoutMs);
    await answer;
  });

  it('answers network.unreachable when the peer goes away meanwhile', async () => {
    const { promise: asked, resolve: nowAsked } = Promise.withResolvers<void>();
    b.heard.answer = () => {
      nowAsked();
      return new Promise(() => {});
    };
    const answer = expectFault('network.unreachable', () => a.network.request(b.key, 'slow', utf8('?')));
    await asked;
    await b.network.stop();
    await answer;
  });

  it('answers network.closed when it is not running', async () => {
    await a.network.stop();
    await expectFault('network.closed', () => a.network.request(b.key, 'echo', utf8('?')));
    a.network.send(b.key, utf8('?'));
    a.network.publish('blocks', utf8('?'));
    expect(a.network.peers()).to.deep.equal([]);
    expect(a.heard.events.filter((event) => event.startsWith('disconnected'))).to.have.lengthOf(2);
  });

  it('notices a peer that stops, and takes it back', async () => {
    await b.network.stop();
    await Promise.all(
      [a, c].map(({ heard }) => heard.until(() => heard.events.includes(`disconnected ${short(b.key)}`))),
    );
    const again = await federation.restart(1);
    await meshed([a, again, c]);
    again.network.send(a.key, utf8('back'));
    a.network.send(again.key, utf8('welcome'));
    c.network.publish('blocks', utf8('news'));
    await a.heard.until(() => framesOf(a).includes(`frame ${short(b.key)} back`));
    await again.heard.until(() => framesOf(again).includes(`frame ${short(a.key)} welcome`));
    await again.heard.until(() => again.heard.events.includes('gossip blocks news'));
  });

  it('cuts off a member that left, and connects it when it is back', async () => {
    federation.setMembers([0, 1]);
    await c.heard.until(() => c.network.peers().length === 0);
    await Promise.all([a, b].map(({ heard, network }) => heard.until(() => network.peers().length === 1)));
    await expectFault('network.unreachable', () => c.network.request(a.key, 'echo', utf8('?')));
    federation.setMembers([0, 1, 2]);
    federation.clock.advance(limits.redialMsMax);
    await meshed(federation.peers);
  });
}

function framesOf(peer: Peer): string[] {
  return peer.heard.events.filter((event) => event.startsWith('frame'));
}

function isGossip(event: string): boolean {
  return event.startsWith('gossip');
}
