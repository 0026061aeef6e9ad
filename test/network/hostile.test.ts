import { once } from 'node:events';
import { connect } from 'node:net';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { type GossipSub, gossipsub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { Connection, Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { lpStream } from '@libp2p/utils';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { expect } from 'chai';
import { createLibp2p, type Libp2p } from 'libp2p';
import { assert } from '../../core/assert.ts';
import { utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { expectFault } from '../contracts/fault.ts';
import { eventually } from '../node/eventually.ts';
import { type Libp2pFederation, type Libp2pPeer, libp2pFederation, seedOf } from './federations.ts';
import { meshed, short } from './recorder.ts';

type Raw = Libp2p<{ pubsub: GossipSub }>;

/** More than fill all places for those who have not shown their key, and all that libp2p would have. */
const STRANGE_NETWORKS = 26;
const GARBAGE = new Uint8Array(5_000).map((_, n) => (n * 197 + 255) & 0xff);
const FRAMES = '/digitallib/frames/1';
const ECHO = '/digitallib/request/echo/1';

/** Two honest members, and a third whose key somebody uses with a program of their own. */
describe('the network over libp2p, among the hostile', () => {
  let federation: Libp2pFederation;
  let a: Libp2pPeer;
  let b: Libp2pPeer;
  let others: Raw[];

  beforeEach(async () => {
    others = [];
    federation = await libp2pFederation(3);
    [a, b] = federation.peers as [Libp2pPeer, Libp2pPeer];
    await Promise.all([a.network.start(), b.network.start()]);
    await meshed([a, b]);
  });

  afterEach(async () => {
    await stillWorks();
    await Promise.all(others.map((raw) => raw.stop()));
    await federation.stop();
  });

  it('survives garbage, silence and a flood on the bare port', async () => {
    const sockets = Array.from({ length: 20 }, () => connect(a.port, '127.0.0.1'));
    await Promise.all(
      sockets.map(async (socket, n) => {
        socket.on('error', () => {});
        await once(socket, 'connect');
        if (n % 4 === 0) return;
        socket.write(n % 2 === 0 ? GARBAGE : '\x13/multistream/1.0.0\n\x07/noise\n');
        if (n % 2 === 1) socket.write(GARBAGE);
        socket.resume();
        if (n % 3 === 0) socket.resetAndDestroy();
      }),
    );
    await stillWorks();
    for (const socket of sockets) socket.destroy();
  });

  it('lets a member in while hundreds of addresses hold connections and say nothing', async () => {
    const networks = Array.from({ length: STRANGE_NETWORKS }, (_, n) => `127.0.${n + 1}`);
    const addresses = networks.flatMap((network) =>
      Array.from({ length: limits.newcomersPerAddressMax }, (_, n) => `${network}.${n + 1}`),
    );
    const sockets = addresses.map((localAddress) =>
      connect({ port: a.port, host: '127.0.0.1', localAddress }),
    );
    for (const socket of sockets) socket.on('error', () => {});
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    await eventually(() => sockets.filter((socket) => !socket.destroyed).length === limits.newcomersMax);
    federation.clock.advance(limits.newcomerGreetsMs);
    const { connection } = await member();
    expect(connection.status).to.equal('open');
    for (const socket of sockets) socket.destroy();
  });

  it('makes no more handshakes with strangers in a second than they have places, and none of a member counts', async () => {
    const tried = (): Promise<boolean> => {
      const socket = connect({ port: a.port, host: '127.0.0.1' });
      const { promise, resolve } = Promise.withResolvers<boolean>();
      socket.on('error', () => {});
      socket.once('data', () => resolve(true));
      socket.once('close', () => resolve(false));
      socket.write('\x13/multistream/1.0.0\n');
      return promise.finally(() => socket.destroy());
    };
    await member();
    let answered = 0;
    for (let n = 0; n < limits.newcomersPerAddressMax + 3; n++) if (await tried()) answered++;
    expect(answered).to.equal(limits.newcomersPerAddressMax);
    federation.clock.advance(limits.newcomerGreetsMs);
    expect(await tried(), 'a second later').to.equal(true);
  });

  it('lets no stranger through: not one stream', async () => {
    const stranger = await raw(new Uint8Array(32).fill(1));
    const outcome = await stranger
      .dial(multiaddr(`/ip4/127.0.0.1/tcp/${a.port}`))
      .then((connection) => connection.newStream(FRAMES))
      .then(
        () => 'a stream',
        () => 'refused',
      );
    expect(outcome).to.equal('refused');
    expect(a.network.peers()).to.deep.equal([b.key]);
  });

  it('closes a stream of frames that is garbage, and hears the peer again on a new one', async () => {
    const { connection, key } = await member();
    const bad = await connection.newStream(FRAMES);
    const closed = once(bad as unknown as EventTarget, 'close');
    bad.send(new Uint8Array(16).fill(0xff));
    bad.send(GARBAGE);
    await closed;
    const good = await connection.newStream(FRAMES);
    await lpStream(good).write(utf8('sorry'));
    await a.heard.until(() => a.heard.events.includes(`frame ${short(key)} sorry`));
  });

  it('closes a stream whose frame is longer than frames may be, before it has come', async () => {
    const { connection } = await member();
    const stream = await connection.newStream(FRAMES);
    const closed = once(stream as unknown as EventTarget, 'close');
    stream.send(varint(limits.frameBytesMax + 1));
    await closed;
  });

  it('takes the newest of two streams of frames', async () => {
    const { connection, key } = await member();
    const older = await connection.newStream(FRAMES);
    await lpStream(older).write(utf8('one'));
    await a.heard.until(() => a.heard.events.includes(`frame ${short(key)} one`));
    const closed = once(older as unknown as EventTarget, 'close');
    const newer = await connection.newStream(FRAMES);
    await lpStream(newer).write(utf8('two'));
    await closed;
    await a.heard.until(() => a.heard.events.includes(`frame ${short(key)} two`));
  });

  it('gives up a request that is garbage or too long', async () => {
    const { connection } = await member();
    for (const bytes of [new Uint8Array(16).fill(0xff), varint(limits.questionBytesMax + 1), GARBAGE]) {
      const stream = await connection.newStream(ECHO);
      const closed = once(stream as unknown as EventTarget, 'close');
      stream.send(bytes);
      if (bytes === GARBAGE) void stream.close();
      await closed;
    }
  });

  it('goes on when what answers makes a mistake, or gives more than fits into a frame', async () => {
    const mistakes: (() => Promise<Uint8Array>)[] = [
      async () => new Uint8Array(limits.frameBytesMax + 1),
      async () => assert(false, 'a mistake of ours') as never,
      async () => (undefined as unknown as { answer: Uint8Array }).answer,
    ];
    for (const mistake of mistakes) {
      b.heard.answer = mistake;
      await expectFault('network.unreachable', () => a.network.request(b.key, 'echo', utf8('?')));
    }
    b.heard.answer = async (_protocol, _from, bytes) => bytes;
    expect(await a.network.request(b.key, 'echo', utf8('still there'))).to.deep.equal(utf8('still there'));
  });

  it('gives up a request that never comes to its end', async () => {
    const { connection } = await member();
    const stream = await connection.newStream(ECHO);
    const closed = once(stream as unknown as EventTarget, 'close');
    await lpStream(stream).write(utf8('a question'));
    await lpStream(stream).read();
    const silent = await connection.newStream(ECHO);
    const ended = once(silent as unknown as EventTarget, 'close');
    silent.send(varint(100));
    await stream.close();
    await closed;
    await lpStream(await connection.newStream(ECHO)).write(utf8('later')); // the silent one has arrived by now
    federation.clock.advance(limits.requestTimeoutMs);
    await ended;
  });

  it('answers network.overloaded beyond so many requests to one peer at once', async () => {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    b.heard.answer = async (_protocol, _from, bytes) => {
      await opened;
      return bytes;
    };
    const asked = Array.from({ length: limits.inboundStreamsPerPeerMax }, (_, n) =>
      a.network.request(b.key, 'slow', utf8(`${n}`)),
    );
    await expectFault('network.overloaded', () => a.network.request(b.key, 'slow', utf8('one more')));
    open();
    await Promise.all(asked);
  });

  it('aborts the requests that a member opens beyond its share', async () => {
    const { connection } = await member();
    const streams: Stream[] = [];
    const { promise: refused, resolve: refuse } = Promise.withResolvers<void>();
    a.heard.answer = () => new Promise(() => {});
    for (let n = 0; n <= limits.inboundStreamsPerPeerMax; n++) {
      const stream = await connection.newStream(ECHO, { maxOutboundStreams: 1_000 });
      stream.addEventListener('close', () => refuse());
      if (stream.status !== 'open') refuse();
      else await lpStream(stream).write(utf8('?'));
      streams.push(stream);
    }
    await refused;
    for (const stream of streams) stream.abort(new Error('enough'));
    a.heard.answer = async (_protocol, _from, bytes) => bytes;
  });

  it('holds few answers for a member that asks and does not read', async () => {
    const { connection } = await member();
    let made = 0;
    a.heard.answer = async () => {
      made += 1;
      return new Uint8Array(limits.frameBytesMax);
    };
    const streams: Stream[] = [];
    let refused = 0;
    for (let n = 0; n < 30; n++) {
      const stream = await connection.newStream(ECHO, { maxOutboundStreams: 1_000 });
      stream.pause();
      stream.addEventListener('close', () => {
        refused += 1;
      });
      await lpStream(stream).write(utf8('?'));
      streams.push(stream);
    }
    const most = Math.floor(limits.answersWaitingBytesMax / limits.frameBytesMax);
    await eventually(() => refused >= streams.length - most);
    expect(made).to.be.at.most(streams.length);
    for (const stream of streams) stream.abort(new Error('enough'));
    a.heard.answer = async (_protocol, _from, bytes) => bytes;
  });

  it('survives garbage on the streams of identify and gossip, and gossips with that peer again', async () => {
    const { node, connection, key } = await member();
    await a.heard.until(() => a.network.peers().length === 2);
    for (const protocol of ['/ipfs/id/1.0.0', '/meshsub/1.2.0', '/meshsub/1.1.0']) {
      const stream = await connection.newStream(protocol);
      stream.send(varint(GARBAGE.length));
      stream.send(GARBAGE);
      stream.send(varint(64 * 1024 * 1024));
      stream.send(GARBAGE);
    }
    const cut = once(connection as unknown as EventTarget, 'close');
    let over = false;
    void cut.then(() => {
      over = true;
    });
    // the stream of gossip is broken at some moment; the next rounds of care find it and cut the connection
    while (!over) {
      federation.clock.advance(limits.requestTimeoutMs);
      await stillWorks();
    }
    await node.dial(multiaddr(`/ip4/127.0.0.1/tcp/${a.port}`));
    await a.heard.until(
      () => a.heard.events.filter((event) => event === `connected ${short(key)}`).length === 2,
    );
  });

  it('hears nothing on topics that it does not know, however many', async () => {
    const { node } = await member();
    while (node.services.pubsub.getSubscribers('blocks').length === 0) {
      await once(node.services.pubsub as unknown as EventTarget, 'subscription-change');
    }
    for (let n = 0; n < 2_000; n++) node.services.pubsub.subscribe(`weather ${n}`);
    await node.services.pubsub.publish('weather 1', utf8('rain'));
    await node.services.pubsub.publish('blocks', utf8('known'));
    await a.heard.until(() => a.heard.events.includes('gossip blocks known'));
    expect(a.heard.events.some((event) => event.includes('rain'))).to.equal(false);
  });

  it('keeps a bounded number of frames for a peer that does not read, drops the oldest, and keeps the order', async () => {
    const { connection, key, incoming } = await member();
    await a.heard.until(() => a.network.peers().length === 2);
    a.network.send(key, utf8('first'));
    const stream = await incoming;
    stream.pause();
    const size = 1024 * 1024;
    const count = (2 * limits.outboxBytesMax) / size;
    for (let n = 0; n < count; n++) a.network.send(key, new Uint8Array(size).fill(n));
    for (let n = 0; n < 8; n++) await stillWorks(); // as much as the window takes is on its way
    for (let n = 0; n < count; n++) a.network.send(key, new Uint8Array(size).fill(count + n));
    const reader = lpStream(stream, { maxBufferSize: 64 * size });
    stream.resume();
    const seen: number[] = [];
    while (seen.at(-1) !== 2 * count - 1) {
      const frame = await reader.read();
      if (frame.byteLength === size) seen.push(frame.get(0));
    }
    expect(seen.length).to.be.lessThan(2 * count);
    expect(seen).to.deep.equal([...seen].sort((x, y) => x - y));
    expect(connection.status).to.equal('open');
  });

  /** A frame, a request and a gossiped message between the honest two. */
  async function stillWorks(): Promise<void> {
    const mark = `mark ${a.heard.events.length} ${b.heard.events.length} ${federation.clock.now()}`;
    a.network.send(b.key, utf8(mark));
    a.network.publish('blocks', utf8(mark));
    await b.heard.until(() => b.heard.events.includes(`frame ${short(a.key)} ${mark}`));
    await b.heard.until(() => b.heard.events.includes(`gossip blocks ${mark}`));
    expect(await a.network.request(b.key, 'echo', utf8(mark))).to.deep.equal(utf8(mark));
  }

  /** The third member, with a program of its own, connected to a. */
  async function member(): Promise<{
    node: Raw;
    connection: Connection;
    key: Uint8Array;
    incoming: Promise<Stream>;
  }> {
    const node = await raw(seedOf(2));
    const { promise: incoming, resolve } = Promise.withResolvers<Stream>();
    await node.handle(FRAMES, (stream) => resolve(stream));
    const connection = await node.dial(multiaddr(`/ip4/127.0.0.1/tcp/${a.port}`));
    return { node, connection, key: federation.peers[2]!.key, incoming };
  }

  async function raw(seed: Uint8Array): Promise<Raw> {
    const node: Raw = await createLibp2p({
      privateKey: await generateKeyPairFromSeed('Ed25519', seed),
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: {
        identify: identify(),
        pubsub: gossipsub({ globalSignaturePolicy: 'StrictNoSign', allowPublishToZeroTopicPeers: true }),
      },
    });
    others.push(node);
    node.services.pubsub.subscribe('blocks');
    return node;
  }
});

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}
