/** A real archive at a real port: whatever one peer sends ends that peer, and nothing else. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Archive, createArchive } from '../../archive/archive.ts';
import { piecesRoot } from '../../client/pieces-root.ts';
import { freeBytes, systemRandom } from '../../node/process/system.ts';
import { infoHashes } from '../../torrent/metainfo.ts';
import {
  EXTENSIONS,
  extended,
  handshake,
  INTERESTED,
  message,
  words,
} from '../e2e/fixtures/peer-messages.ts';
import { freePort } from '../e2e/fixtures/ports.ts';
import { eventually } from '../node/eventually.ts';
import { EVERYBODY, LogInMemory, ManualClock, vectorBytes, wantOf } from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const BYTES = vectorBytes(400_000);
const STRANGE = {
  'a name that is no number': extended(0, 'd1:md11:ut_metadatad8:toStringi5eeee'),
  'a list of such': extended(0, 'd1:md11:ut_metadatald8:toStringi5eeeee'),
  'a piece of the metainfo, without having said how to answer': extended(1, 'd8:msg_typei0e5:piecei0ee'),
};
const THROWS = Object.entries(STRANGE);

describe('a message at which webtorrent throws', () => {
  let folder: string;
  let archive: Archive;
  let port: number;
  let infoHash: Uint8Array;
  const clock = new ManualClock();
  const sockets: Socket[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digitallib-walls-'));
    port = await freePort('127.0.0.1');
    const ports = { clock, random: systemRandom, log: new LogInMemory(), freeBytes };
    archive = createArchive(
      { ...ports, ...EVERYBODY, announceUrls: () => [], names: () => [] },
      { folder, bytesMax: 1e9, host: '127.0.0.1', port, federation: FEDERATION },
    );
    await archive.start();
    const hash = piecesRoot(BYTES)!;
    const received = await archive.receive(one(BYTES), { hash, name: 'a book' });
    if (received.kind !== 'accept') throw new Error('not received');
    [infoHash] = infoHashes(received.value, FEDERATION).announced;
    archive.want(wantOf(hash, infoHash));
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(async () => {
    await archive.stop();
    await rm(folder, { recursive: true, force: true });
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

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
