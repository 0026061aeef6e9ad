/** A real archive at a real port: whatever one peer sends ends that peer, and nothing else. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import {
  EXTENSIONS,
  extended,
  handshake,
  INTERESTED,
  message,
  words,
} from '../e2e/fixtures/peer-messages.ts';
import { eventually } from '../node/eventually.ts';
import { type ManualClock, vectorBytes } from '../tracker/world.ts';
import { type ArchiveAtAPort, openArchive } from './archive-at-a-port.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const BYTES = vectorBytes(400_000);
const STRANGE = {
  'a name that is no number': extended(0, 'd1:md11:ut_metadatad8:toStringi5eeee'),
  'a list of such': extended(0, 'd1:md11:ut_metadatald8:toStringi5eeeee'),
  'a piece of the metainfo, without having said how to answer': extended(1, 'd8:msg_typei0e5:piecei0ee'),
};
const THROWS = Object.entries(STRANGE);

describe('a message at which webtorrent throws', () => {
  let archive: ArchiveAtAPort;
  let port: number;
  let infoHash: Uint8Array;
  let clock: ManualClock;
  const sockets: Socket[] = [];

  before(async () => {
    archive = await openArchive();
    ({ port, clock } = archive);
    infoHash = await archive.keep(BYTES);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(async () => {
    await archive.stop();
  });

  for (const [name, bytes] of THROWS) {
    it(`(${name}) ends nothing but a stranger who sends it behind a handshake with any info hash`, async () => {
      const reader = await shakenHands();
      const stranger = await come();
      stranger.write(Buffer.concat([handshake(Buffer.alloc(20, 7), EXTENSIONS), bytes]));
      await isRead(reader);
      await isRead(await shakenHands());
    });

    it(`(${name}) ends nothing but a reader who sends it`, async () => {
      const reader = await shakenHands();
      const other = await shakenHands();
      other.write(bytes);
      await isRead(reader);
      await isRead(await shakenHands());
    });
  }

  it('(any) is not so much as read of one who is not let in, and he is closed who sends more than a little', async () => {
    const stranger = await come();
    const waiting = handshake(Buffer.alloc(20, 7), EXTENSIONS);
    const longest = words(limits.peerMessageBytesMax + 1); // who is let in is closed for it at once
    stranger.write(Buffer.concat([waiting, longest, Buffer.alloc(limits.peerHeldBytesMax - longest.length)]));
    await isRead(await shakenHands());
    expect(stranger.closed).to.equal(false);
    stranger.write(Buffer.of(0));
    await eventually(() => stranger.closed);
  });

  it('(names of extensions) is not kept', async () => {
    const reader = await shakenHands();
    const before = held();
    for (let i = 0; i < 60; i++) {
      const names = Array.from(
        { length: 4_900 },
        (_, j) => `45:${String(i * 4_900 + j).padStart(45, '0')}i1e`,
      );
      await new Promise((sent) => reader.write(extended(0, `d1:md${names.join('')}ee`), sent));
    }
    await isRead(reader);
    expect(held() - before).to.be.below(8 * 1024 * 1024);
  });

  it('(a piece beyond the end of the file) fills no memory when the next peer comes', async () => {
    const reader = await shakenHands();
    const before = held();
    reader.write(message(4, words(30_000_000)));
    await isRead(reader);
    await isRead(await shakenHands());
    expect(held() - before).to.be.below(8 * 1024 * 1024);
  });

  async function come(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  async function shakenHands(): Promise<Socket> {
    const socket = await come();
    let isAnswered = false;
    socket.once('data', () => {
      isAnswered = true;
    });
    socket.write(handshake(infoHash, EXTENSIONS));
    // Until the torrent is open he waits.
    await eventually(
      () => isAnswered,
      async () => {
        await new Promise(setImmediate);
        clock.move(1);
      },
    );
    return socket;
  }

  async function isRead(socket: Socket): Promise<void> {
    const block = Buffer.from(BYTES.subarray(0, 16_384));
    let bytes: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
    });
    socket.write(Buffer.concat([INTERESTED, message(6, words(0, 0, block.length))]));
    await eventually(() => bytes.includes(block));
    expect(socket.closed).to.equal(false);
  }
});

/** What is in use: what has been given up is collected first. */
function held(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
