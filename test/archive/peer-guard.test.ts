import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
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
/** Of what the archive's and the reader's system keep together of a connection, a multiple. */
const LONG = vectorBytes(512 * 16 * 1024);
const BLOCK_BYTES = 16 * 1024;
const MIB = 1024 * 1024;

describe('a peer of the archive', () => {
  let archive: ArchiveAtAPort;
  let port: number;
  let infoHash: Uint8Array;
  let longInfoHash: Uint8Array;
  let clock: ManualClock;
  const sockets: Socket[] = [];

  before(async () => {
    archive = await openArchive();
    ({ port, clock } = archive);
    infoHash = await archive.keep(BYTES);
    longInfoHash = await archive.keep(LONG);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  after(async () => {
    await archive.stop();
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
    peer.resume();
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

  it('that reads fast is not cut off while others take nothing of another book, and they cost little', async () => {
    const before = held();
    for (let i = 0; i < 60; i++) {
      const peer = (await shakenHands()).pause();
      const asks = Array.from({ length: i < 3 ? 1_990 : 520 }, (_, at) => overlapping(at));
      await written(peer, Buffer.concat([INTERESTED, ...asks])); // 29 or 8 MiB, of a book of 400 KB
    }
    const reader = await shakenHands(longInfoHash);
    const all = gets(reader, 500 * BLOCK_BYTES);
    reader.write(Buffer.concat([INTERESTED, ...longBlocks(0, 500)]));
    expect(await all).to.equal(true);
    await eventually(() => held() - before < 64 * MIB);
  });

  it('gets all that it asked for, however long it took nothing, but what it has cancelled', async () => {
    const peer = (await shakenHands(longInfoHash)).pause();
    await written(peer, Buffer.concat([INTERESTED, ...longBlocks(0, 512), ...longBlocks(500, 512, CANCEL)]));
    await gets(await asking(infoHash), BLOCK_BYTES); // meanwhile
    const last = Buffer.from(LONG.subarray(500 * BLOCK_BYTES - 64, 500 * BLOCK_BYTES));
    const cancelled = Buffer.from(LONG.subarray(511 * BLOCK_BYTES, 511 * BLOCK_BYTES + 64));
    let bytes: Buffer = Buffer.alloc(0);
    peer.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
    });
    peer.resume();
    await eventually(() => bytes.includes(last));
    expect(bytes.length).to.be.within(500 * BLOCK_BYTES, 501 * BLOCK_BYTES);
    expect(bytes.includes(cancelled)).to.equal(false);
  });

  it('is cut off when it has the list of pieces sent to it again and again, and takes nothing', async () => {
    const peer = (await shakenHands(longInfoHash, EXTENSIONS)).pause();
    peer.write(extended(0, 'd1:md11:ut_metadatai1eee'));
    const asks = Buffer.concat(Array.from({ length: 1_000 }, () => extended(1, 'd8:msg_typei0e5:piecei0ee')));
    let more = true;
    peer.once('close', () => {
      more = false;
    });
    for (let i = 0; i < 40 && more; i++) await written(peer, asks);
    peer.resume();
    await eventually(() => !more);
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
  async function greeted(of = infoHash, reserved?: Uint8Array): Promise<Socket | undefined> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(handshake(of, reserved));
    const shaken = await Promise.race([
      once(socket, 'data').then(() => true),
      closedOf(socket).then(() => false),
    ]);
    return shaken ? socket : undefined;
  }

  async function shakenHands(of?: Uint8Array, reserved?: Uint8Array): Promise<Socket> {
    return (await greeted(of, reserved)) ?? (await shakenHands(of, reserved)); // it does not know the file yet
  }

  async function asking(of: Uint8Array): Promise<Socket> {
    const peer = await shakenHands(of);
    peer.write(Buffer.concat([INTERESTED, request(0, 0, BLOCK_BYTES)]));
    return peer;
  }
});

const REQUEST = 6;
const CANCEL = 8;

function request(...fields: [piece: number, offset: number, length: number]): Buffer {
  return message(REQUEST, words(...fields));
}

/** Of the short book; no two are the same. */
function overlapping(i: number): Buffer {
  return request(i % 24, Math.floor(i / 24), 15_300);
}

/** Asks for the blocks of the long book from one to another, or cancels them. */
function longBlocks(from: number, to: number, id = REQUEST): Buffer[] {
  const inPiece = pieceLengthOf(LONG.length) / BLOCK_BYTES;
  return Array.from({ length: to - from }, (_, i) => {
    const block = from + i;
    return message(id, words(Math.floor(block / inPiece), (block % inPiece) * BLOCK_BYTES, BLOCK_BYTES));
  });
}

/** The system has them, or the connection has ended. */
function written(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => socket.write(bytes, () => resolve()));
}

/** @returns false when it ends before so many bytes have come. */
function gets(socket: Socket, bytes: number): Promise<boolean> {
  let left = bytes;
  return new Promise((resolve) => {
    socket.on('data', (chunk) => {
      left -= chunk.length;
      if (left <= 0) resolve(true);
    });
    socket.once('close', () => resolve(left <= 0));
  });
}

/** However it is closed. */
function closedOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** What is in use: what has been given is collected first. */
function held(): number {
  collect();
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
