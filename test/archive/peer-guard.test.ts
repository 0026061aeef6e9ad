import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Archive, createArchive } from '../../archive/archive.ts';
import { piecesRoot } from '../../client/pieces-root.ts';
import { limits } from '../../core/limits.ts';
import { freeBytes, systemRandom } from '../../node/process/system.ts';
import { infoHashes } from '../../torrent/metainfo.ts';
import { handshake, INTERESTED, message, words } from '../e2e/fixtures/peer-messages.ts';
import { freePort } from '../e2e/fixtures/ports.ts';
import { eventually } from '../node/eventually.ts';
import { EVERYBODY, LogInMemory, ManualClock, vectorBytes, wantOf } from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const BYTES = vectorBytes(400_000);
const BLOCK_BYTES = 16 * 1024;
const MIB = 1024 * 1024;

describe('a peer of the archive', () => {
  let folder: string;
  let archive: Archive;
  let port: number;
  let infoHash: Uint8Array;
  let clock: ManualClock;
  const sockets: Socket[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digitallib-peers-'));
    port = await freePort('127.0.0.1');
    clock = new ManualClock();
    const ports = { clock, random: systemRandom, log: new LogInMemory(), freeBytes };
    archive = createArchive(
      { ...ports, ...EVERYBODY, announceUrls: () => [], names: () => [] },
      { folder, bytesMax: 1e9, host: '127.0.0.1', port, federation: FEDERATION },
    );
    await archive.start();
    const hash = piecesRoot(BYTES)!;
    const received = await archive.receive(one(BYTES), { hash, name: 'a book' });
    if (received.kind !== 'accept') throw new Error('not received');
    infoHash = infoHashes(received.value, FEDERATION).announced[0];
    archive.want(wantOf(hash, infoHash));
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await archive.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('gets what a real client asks for', async () => {
    const peer = await shakenHands();
    peer.write(Buffer.concat([INTERESTED, request(0, 0, 16_384)]));
    const blocks = await until(peer, (bytes) => bytes.includes(Buffer.from(BYTES.subarray(0, 16_384))));
    expect(blocks).to.equal(true);
  });

  it('is cut off when it announces a message that no client sends, and costs no memory', async () => {
    for (const length of [limits.peerMessageBytesMax + 1, 0x7fff_ffff]) {
      const peer = await shakenHands();
      peer.write(words(length));
      await eventually(() => peer.closed);
    }
  });

  it('is cut off, too, when it does so in one packet with its handshake', async () => {
    await shakenHands(); // the torrent is open
    const peer = connect(port, '127.0.0.1');
    sockets.push(peer);
    peer.on('error', () => undefined);
    await once(peer, 'connect');
    peer.write(Buffer.concat([handshake(infoHash), words(0x7fff_ffff)]));
    await eventually(() => peer.closed);
  });

  it('is cut off when it asks for more than it takes, and costs little memory', async () => {
    const before = held();
    const peers: Socket[] = [];
    for (let i = 0; i < 4; i++) {
      const peer = await shakenHands();
      peers.push(peer);
      const asks = Buffer.concat(Array.from({ length: 5_000 }, () => request(0, 0, BLOCK_BYTES)));
      peer.write(Buffer.concat([INTERESTED, asks]));
    }
    await eventually(() => peers.every((peer) => peer.closed));
    // 5,000 blocks for each of them would be 320 MiB.
    expect(held() - before).to.be.below(200 * MIB);
  });

  it('is not let in when there are too many', async () => {
    const many: Socket[] = [];
    for (let i = 0; i < limits.peerConnectionsMax + 20; i++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      sockets.push(socket);
      many.push(socket);
    }
    await eventually(() => many.some((socket) => socket.closed));
    for (const socket of many) socket.destroy();
  });

  it('that was let in and takes nothing loses its place to one who comes', async () => {
    await shakenHands();
    for (let i = 0; i < limits.peersPerTorrentMax; i++) if ((await greeted()) === undefined) break;
    const crawling = sockets.filter((socket) => !socket.closed);
    expect(await greeted(), 'no place').to.equal(undefined);
    clock.move(limits.peerPaceMs);
    expect(await greeted(), 'a place').not.to.equal(undefined);
    await eventually(() => crawling.some((socket) => socket.closed));
    expect(crawling.filter((socket) => socket.closed)).to.have.length(1);
  });

  /** @returns undefined when it is not let in. */
  async function greeted(): Promise<Socket | undefined> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(handshake(infoHash));
    const shaken = await Promise.race([
      once(socket, 'data').then(() => true),
      closedOf(socket).then(() => false),
    ]);
    return shaken ? socket : undefined;
  }

  async function shakenHands(): Promise<Socket> {
    return (await greeted()) ?? (await shakenHands()); // it does not know the file yet
  }
});

function request(...fields: [piece: number, offset: number, length: number]): Buffer {
  return message(6, words(...fields));
}

/** However it is closed. */
function closedOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function held(): number {
  return process.memoryUsage().arrayBuffers;
}

function until(socket: Socket, seen: (bytes: Buffer) => boolean): Promise<boolean> {
  let all: Buffer = Buffer.alloc(0);
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      all = Buffer.concat([all, chunk]);
      if (seen(all)) resolve(true);
    });
    socket.once('close', () => resolve(seen(all)));
  });
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
